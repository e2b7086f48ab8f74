#!/bin/sh
# Prepares a checkout: Debian packages, node_modules, GTK's types, the bundles in dist/. It does only what is missing, so
# every other command can run it first. `setup.sh test` adds what tests need, `setup.sh bench` also the programs that the
# benchmark compares with, `setup.sh machine` what boots a machine.
set -eu
cd "$(dirname "$0")/.."

compile='g++ make pkg-config python3-minimal libgirepository1.0-dev libcairo2-dev gir1.2-atspi-2.0'
run='libgirepository-1.0-1 libharfbuzz-gobject0 gir1.2-girepository-2.0 gir1.2-gtk-3.0 adwaita-icon-theme librsvg2-common fonts-dejavu-core at-spi2-core xauth x11-xkb-utils'
demo='xvfb x11-apps x11-utils xterm imagemagick xdotool dbus faketime'
test='procps openssh-server openssh-client iproute2 nftables dnsmasq-base etcd-server knot openssl x11-xserver-utils xserver-xorg-core xserver-xorg-video-dummy dpkg-dev debhelper lintian debootstrap man-db openbox pulseaudio-utils pipewire pipewire-bin pipewire-pulse wireplumber cups cups-client cups-ipp-utils sshfs fuse3 udisks2 polkitd udev dosfstools e2fsprogs libglib2.0-bin'
bench='gcc libgtk-3-dev lightdm-gtk-greeter dbus-x11 libgl1 xfce4-session xfce4-panel xfce4-settings xfwm4 xfdesktop4 mate-session-manager mate-panel mate-settings-daemon marco caja'
machine='qemu-system-x86 e2fsprogs dosfstools mtools'

say() { echo "setup: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

check_node() {
  command -v node >/dev/null && command -v npm >/dev/null || fail 'node or npm was not found; install Node 20.19 or newer with npm first (on Debian 13: apt-get install nodejs npm)'
  version=$(node --version)
  major=${version#v}
  minor=${major#*.}
  major=${major%%.*}
  minor=${minor%%.*}
  [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; } ||
    fail "Node $version is too old; install Node 20.19 or newer"
}

# The names among "$@" that no installed package has or provides. On Debian 12, gir1.2-glib-2.0 provides
# gir1.2-girepository-2.0; on Debian 13, that is a separate package.
missing_packages() {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' |
    sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//')
  for package in "$@"; do
    printf '%s\n' "$installed" | grep -qxF -- "$package" || printf '%s ' "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this system has no dpkg; install the equivalents of these Debian packages yourself: $*"
    return
  fi
  missing=$(missing_packages "$@")
  # PulseAudio takes the place of a desktop's pipewire-audio. There, the tests of sound are left out.
  case " $* " in
    *' pulseaudio-utils '*) [ -z "$(missing_packages pipewire-audio)" ] || missing="$missing$(missing_packages pulseaudio)" ;;
  esac
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null; then
    as_root=sudo
  else
    fail "Debian packages are missing, and there is no sudo; run as root: apt-get install --no-install-recommends $missing"
  fi
  say "installing $missing"
  $as_root sh -s -- $missing <<'ROOT'
set -eu
# The tests start their own sshd in namespaces. Setup enables no service: nothing is started while packages are
# unpacked (policy-rc.d), and nothing is enabled for the next boot.
policy=/usr/sbin/policy-rc.d
had_sshd=$(dpkg-query -W -f '${db:Status-Status}' openssh-server 2>/dev/null || true)
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Retries=3 update </dev/null
apt-get -qq install --yes --no-install-recommends -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
case " $* " in
  *' openssh-server '*)
    if [ "$had_sshd" != installed ]; then
      if command -v systemctl >/dev/null; then
        systemctl --quiet disable ssh.service ssh.socket 2>/dev/null || true
      fi
      update-rc.d ssh disable 2>/dev/null || true
      echo 'setup: installed openssh-server for the tests; its service is off (systemctl enable --now ssh turns it on)' >&2
    fi
    ;;
esac
is_new() {
  case " $packages " in *" $1 "*) ;; *) return 1 ;; esac
}
# Each unit by itself: one that is not there keeps systemctl from the others.
disable() {
  scope=$1
  shift
  command -v systemctl >/dev/null || return 0
  for unit; do systemctl "$scope" --quiet disable "$unit" 2>/dev/null || true; done
}
packages=$*
if is_new etcd-server; then
  disable --system etcd.service
  update-rc.d etcd disable 2>/dev/null || true
fi
if is_new knot; then
  disable --system knot.service
  update-rc.d knot disable 2>/dev/null || true
fi
if is_new cups; then disable --system cups.service cups.socket cups.path; fi
if is_new udisks2; then disable --system udisks2.service; fi
# The sound services of users.
for service in pulseaudio pipewire pipewire-pulse wireplumber; do
  if is_new "$service"; then disable --global "$service.service" "$service.socket"; fi
done
ROOT
}

# Native modules are bound to Node's ABI, so node_modules records the version it was made for.
install_modules() {
  abi=$(node -p process.versions.modules)
  stamp=node_modules/.abi
  [ -e "$stamp" ] || [ ! -d node_modules ] || echo "$abi" >"$stamp"
  if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] &&
    [ "$(cat "$stamp")" = "$abi" ]; then
    return
  fi
  say 'installing node modules; compiling the GTK bindings takes a minute or two'
  # Uses the headers of this Node if a package has them, so that nothing is downloaded for compiling. With headers of
  # another Node, addons would not load.
  if [ -z "${npm_config_nodedir-}" ] &&
    grep -q "^#define NODE_MODULE_VERSION $abi\$" /usr/include/node/node_version.h 2>/dev/null; then
    export npm_config_nodedir=/usr
  fi
  JOBS=$(nproc) npm_config_build_from_source=true npm ci --no-audit --no-fund --loglevel=error
  echo "$abi" >"$stamp"
}

# Both namespaces in one run: node-gtk.d.ts declares only those of the last.
generate_types() {
  shim=types/node-gtk.d.ts
  if [ -e "$shim" ] && [ ! node_modules/.package-lock.json -nt "$shim" ] &&
    grep -q '"Gtk"' "$shim" && grep -q '"Atspi"' "$shim"; then
    return
  fi
  say "generating types from this machine's GTK"
  output=$(npx --no-install node-gtk generate-types Gtk-3.0 Atspi-2.0 --no-docs --outdir types 2>&1) || fail "$output"
}

build() {
  stamp=dist/.built
  if [ -e "$stamp" ] &&
    [ -z "$(find src po scripts/build.mjs scripts/catalogues.mjs node_modules/.package-lock.json -newer "$stamp" | head -n 1)" ]; then
    return
  fi
  say 'building'
  # Stamped before the build, so that a source that changes meanwhile is built again.
  mkdir -p dist
  touch dist/.building
  node scripts/build.mjs
  mv dist/.building "$stamp"
}

case ${1-} in
  '') packages="$compile $run $demo" ;;
  test) packages="$compile $run $demo $test" ;;
  bench) packages="$compile $run $demo $test $bench" ;;
  machine) packages="$compile $run $demo $test $machine" ;;
  *) fail 'usage: setup.sh [test|bench|machine]' ;;
esac
check_node
install_packages $packages
install_modules
generate_types
build
