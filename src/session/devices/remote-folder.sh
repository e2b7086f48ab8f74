# Makes a folder for the sockets of a session that is about to start, prints its path after `ldm-devices `, and removes it
# when the session's connection ends. Read by /bin/sh on the server, as the user, from its standard input, which then stays
# open for as long as the connection. Others cannot look into the folder. Its name is new each time, so nothing that an
# earlier session has left is in the way.

ldm_devices() {
  umask 077
  folder=
  for parent in "${XDG_RUNTIME_DIR-}" /tmp; do
    case $parent in
    *[!A-Za-z0-9/._@-]*) ;;
    /*)
      folder=$(mktemp -d "$parent/ldm-XXXXXXXXXXXXXXXX" 2>/dev/null) && break
      folder=
      ;;
    esac
  done
  if [ -z "$folder" ]; then
    echo 'no folder can be made in $XDG_RUNTIME_DIR or /tmp' >&2
    exit 1
  fi
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 0' HUP INT TERM
  printf 'ldm-devices %s\n' "$folder"
  cat >/dev/null
  exit 0
}

ldm_devices
