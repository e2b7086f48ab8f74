# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ldm-seat: its settings. An invalid one counts as not set, because the screen must not stay black.

default_x=/usr/lib/xorg/Xorg

ignore() {
  echo "<4>ldm-seat: $1 cannot be used: $2; the default is taken" >&2
}

# number NAME VARIABLE DEFAULT: sets NAME to a whole number of seconds.
number() {
  local value=${!2-}
  case $value in
    '') printf -v "$1" %s "$3" ;;
    *[!0-9]* | ??????*)
      ignore "$2" 'not a number of seconds below 100000'
      printf -v "$1" %s "$3"
      ;;
    *) printf -v "$1" %s "$((10#$value))" ;;
  esac
}

number patience LDM_SEAT_PATIENCE 5
number x_timeout LDM_SEAT_XTIMEOUT 60
number graphics_timeout LDM_SEAT_GRAPHICS_TIMEOUT 10

read -ra server <<<"${LDM_SEAT_XSERVER-}"
[ "${#server[@]}" -gt 0 ] || server=("$default_x")
default_place=("${place[@]}")
if [ -n "${LDM_SEAT_XARGUMENTS+given}" ]; then read -ra place <<<"$LDM_SEAT_XARGUMENTS"; fi
read -ra program <<<"${LDM_SEAT_PROGRAM-}"
if [ "${#program[@]}" -gt 0 ] && ! command -v "${program[0]}" >/dev/null; then
  ignore LDM_SEAT_PROGRAM "${program[0]} is not installed"
  program=()
fi
[ "${#program[@]}" -gt 0 ] || program=(/usr/bin/ldm)
user=${LDM_SEAT_USER-_ldm}
group=
if [ -n "$user" ] && [ "$user" != root ] && ! group=$(id -g "$user" 2>/dev/null) && id -u _ldm >/dev/null 2>&1; then
  ignore LDM_SEAT_USER "there is no user $user"
  user=_ldm
  group=$(id -g _ldm)
fi
# Numbers of the groups, separated by commas.
groups=
for word in ${LDM_SEAT_GROUPS-}; do
  if number=$(getent group -- "$word" | cut -d : -f 3) && [ -n "$number" ]; then
    groups=${groups:+$groups,}$number
  else
    ignore LDM_SEAT_GROUPS "there is no group $word"
  fi
done
x_user=${LDM_SEAT_XUSER:-root}
if [ "$x_user" != root ] && ! id -u "$x_user" >/dev/null 2>&1; then
  ignore LDM_SEAT_XUSER "there is no user $x_user"
  x_user=root
fi

# Replaces the X server of the settings, which did not start, with the default one. Fails if that is the same.
use_default_x() {
  [ -x "$default_x" ] && [ "${server[*]} ${place[*]}" != "$default_x ${default_place[*]}" ] || return
  ignore 'LDM_SEAT_XSERVER or LDM_SEAT_XARGUMENTS' "$x_problem"
  end_x
  server=("$default_x")
  place=("${default_place[@]}")
  wait_for_graphics "$name"
  return 0
}
