# Shows a medium of the client as a folder of the user. Read by /bin/sh on the server, as the user, from its standard input,
# which is SFTP from the client as soon as sshfs has asked. Prints a line first. Ends when the client hangs up, or when the user has ejected it
# (code 0). What keeps it from working stands on standard error, after `ldm-drive: `.

ldm_drive_fail() {
  printf 'ldm-drive: %s\n' "$1" >&2
  exit "$2"
}

ldm_drive_unmount() {
  "$unmounter" -u "$1" 2>/dev/null || "$unmounter" -u -z "$1" 2>/dev/null
}

# Whether the folder can take it: what an earlier session left there is gone, and no file of the user is in it.
ldm_drive_prepare() {
  case $(LC_ALL=C ls -ld "$1" 2>&1) in
  *'endpoint is not connected'*) ldm_drive_unmount "$1" ;;
  esac
  mkdir -p "$1" 2>/dev/null
  [ -d "$1" ] && [ ! -L "$1" ] && [ -w "$1" ] && rmdir "$1" 2>/dev/null && mkdir "$1" 2>/dev/null
}

ldm_drive() {
  umask 077
  PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
  [ ! -e /etc/ldm/no-drives ] || ldm_drive_fail 'the server forbids drives (/etc/ldm/no-drives)' 3
  command -v sshfs >/dev/null 2>&1 || ldm_drive_fail 'the server has no sshfs' 3
  unmounter=$(command -v fusermount3 || command -v fusermount) || ldm_drive_fail 'the server has no fusermount3' 3
  [ -c /dev/fuse ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] || ldm_drive_fail 'the server lets the user use no FUSE (/dev/fuse)' 3
  parent=$HOME/Drives
  folder=
  for number in '' ' 2' ' 3' ' 4' ' 5'; do
    ldm_drive_prepare "$parent/$1$number" && folder=$parent/$1$number && break
  done
  [ -n "$folder" ] || ldm_drive_fail "no folder can be made in $parent" 4
  # It outlives the session's end by as long as it takes to clean up.
  trap : HUP INT TERM
  echo 'ldm-drive begins'
  sshfs -f -o "passive,nosuid,nodev,idmap=user,fsname=$1" :/ "$folder"
  code=$?
  ldm_drive_unmount "$folder"
  rmdir "$folder" "$parent" 2>/dev/null
  [ "$code" -eq 0 ] || ldm_drive_fail "sshfs ended with code $code" 5
  exit 0
}

