# Finds (`find`) or ends (`end`) the other ssh logins of the user who runs this, and prints their number. /bin/sh on the
# server reads it from its standard input. On Linux each login is a process `sshd` of the user. Where this login is not
# such a process (dropbear), it prints `unknown` and does nothing.

others() {
  cat /proc/[0-9]*/status 2>/dev/null | ME=$(id -u) SELF=$$ awk '
    /^Name:/ { name = $2 }
    /^Pid:/ { pid = $2 }
    /^PPid:/ { parent[pid] = $2 }
    /^Uid:/ { if ($2 == ENVIRON["ME"] && name ~ /^sshd(-session)?$/) login[pid] = 1 }
    END {
      for (own = ENVIRON["SELF"]; own > 1 && !(own in login); own = parent[own]);
      if (!(own in login)) { print "unknown"; exit }
      delete login[own]
      for (pid in login) print pid
    }
  '
}

found=$(others)
if [ "$found" = unknown ]; then
  echo unknown
  exit 0
fi
set -- "$1" $found
action=$1
shift
echo $#
[ "$action" = end ] && [ $# -gt 0 ] || exit 0
kill "$@" 2>/dev/null
for wait in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$(others)" ] || exit 0
  sleep 0.3
done
kill -9 $(others) 2>/dev/null
exit 0
