# shellcheck shell=bash disable=SC2154
# Sourced by ldm-seat: waits until the seat has a graphics device. X that starts before the kernel has loaded the
# graphics driver finds "no screens" and ends.

# wait_for_graphics NAME: returns when the device is there, or after $graphics_timeout seconds without one; three
# times as long while udev is still loading drivers. This happens once per boot: a machine without a driver must not
# wait between two sessions too.
wait_for_graphics() {
  local given_up=$state/ldm-no-graphics-$1 timeout=$graphics_timeout began=$SECONDS waited=0
  # Xvfb and similar servers draw into memory.
  case ${server[0]##*/} in X | Xorg | Xorg.wrap) ;; *) return ;; esac
  [ ! -e "$given_up" ] || return
  until has_graphics "$1"; do
    waited=$((SECONDS - began))
    if [ "$waited" -ge "$timeout" ] && { [ ! -e /run/udev/queue ] || [ "$waited" -ge $((3 * timeout)) ]; }; then
      : >"$given_up"
      echo "<5>ldm-seat: no graphics device after $waited s; X is started without it" >&2
      return
    fi
    pause 0.2
  done
  # At boot, the firmware's frame buffer may be a first card that the real driver replaces. udev is idle when that is
  # done; it is already idle at every later run.
  udevadm settle --timeout="$timeout" 2>/dev/null
}

# logind knows the devices of the seat. Without logind, the first screen takes any card.
has_graphics() {
  local seat=seat0
  case $1 in seat*) seat=$1 ;; esac
  case $(timeout 2 loginctl show-seat "$seat" --property=CanGraphical --value 2>/dev/null) in
    yes) return 0 ;;
    no) return 1 ;;
  esac
  [ "$seat" = seat0 ] && compgen -G '/dev/dri/card*' >/dev/null
}
