#!/bin/sh
# Runs the unit tests and one login through the windows with each supported Node, independent of the installed one:
# the oldest, and the newest of each major version. `test-node.sh VERSION...` uses those (22, 24.1.0). The npm package
# node-linux-ARCH brings the program and the headers that the addons are compiled with; nothing else is downloaded.
set -u
cd "$(dirname "$0")/.."
arch=$(node -p process.arch)
outcomes=
place=
trap 'rm -rf "$place"' EXIT
trap 'exit 1' INT TERM HUP

# A copy of the checkout with its own node_modules, because an addon works with only one version of Node.
prepare() {
  mkdir "$place/checkout" &&
    npm install --prefix "$place" --no-save --no-audit --no-fund --loglevel=error "node-linux-$arch@$version" &&
    PATH=$place/node_modules/node-linux-$arch/bin:$PATH &&
    npm_config_nodedir=$place/node_modules/node-linux-$arch &&
    export PATH npm_config_nodedir &&
    tar --exclude=./node_modules --exclude=./dist --exclude=./.git -cf - . | tar -C "$place/checkout" -xf - &&
    cd "$place/checkout" &&
    sh scripts/setup.sh
}

login_through_windows() {
  # Without a display, the demo creates one, logs in by itself, and ends with 0 if the desktop appeared.
  env -u DISPLAY bin/ldm demo --screenshots "$place/pictures"
}

for version in ${*:-20.19.0 20 22 24}; do
  place=$(mktemp -d) || exit 1
  if (
    prepare || exit 1
    echo "== Node $(node --version)"
    outcome=0
    npx --no-install vitest run --config vitest.config.ts || outcome=1
    login_through_windows || outcome=1
    exit $outcome
  ); then
    outcomes="$outcomes\nNode $version: passed"
  else
    outcomes="$outcomes\nNode $version: FAILED"
  fi
  rm -rf "$place"
done
printf "$outcomes\n"
case $outcomes in *FAILED*) exit 1 ;; esac
