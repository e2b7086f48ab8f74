# Tells the user something on the desktop: $1 is the headline, $2 the text. Read by /bin/sh on the server, as the user, from
# its standard input. A program of the same connection knows the desktop's session bus. Where nothing can show a notice,
# nothing happens.

ldm_notice() {
  command -v notify-send >/dev/null 2>&1 && [ -n "${SSH_CONNECTION-}" ] || exit 0
  bus=
  for environment in $(grep -lzxF "SSH_CONNECTION=$SSH_CONNECTION" /proc/[0-9]*/environ 2>/dev/null); do
    bus=$(tr '\0' '\n' <"$environment" 2>/dev/null | sed -n 's/^DBUS_SESSION_BUS_ADDRESS=//p' | head -n 1)
    [ -z "$bus" ] || break
  done
  if [ -z "$bus" ]; then
    [ -S "${XDG_RUNTIME_DIR-}/bus" ] || exit 0
    bus=unix:path=$XDG_RUNTIME_DIR/bus
  fi
  DBUS_SESSION_BUS_ADDRESS=$bus timeout 10 notify-send --icon=drive-removable-media -- "$1" "$2" >/dev/null 2>&1
  exit 0
}

