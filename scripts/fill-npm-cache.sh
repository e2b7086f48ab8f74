#!/bin/sh
# Fills npm's cache from the lock file, once, with the network; dpkg-buildpackage then builds without it.
# `fill-npm-cache.sh FOLDER` uses that cache (debian/npm-cache becomes part of the source package); default: npm's own.
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 0 ] || { mkdir -p "$1" && npm_config_cache=$(cd "$1" && pwd) && export npm_config_cache; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP
cp package.json package-lock.json "$scratch"
cd "$scratch"
npm ci --offline --ignore-scripts --no-audit --no-fund --loglevel=silent ||
  npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error
