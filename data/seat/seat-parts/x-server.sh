# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ldm-seat: starts the X server, without root if logind opens the devices.

# start_x: sets x (a process that lives as long as X does) and display. Fails if X does not start; then x_problem says
# why.
start_x() {
  local reason
  x_problem="${server[0]} is not installed"
  command -v "${server[0]}" >/dev/null || return
  launch_x && return
  reason=$(reason_of_x)
  if kill -0 "$x" 2>/dev/null; then reason="no answer in $x_timeout s"; fi
  x_problem="the X server (${server[*]}) does not come up${reason:+: $reason}"
  return 1
}

launch_x() {
  # Tried once per boot: a failure must not cost its time between two sessions too.
  local needs_root=$state/ldm-x-needs-root-$name
  if may_be_rootless && [ ! -e "$needs_root" ]; then
    start_rootless_x
    beside_x
    wait_for_display && return
    : >"$needs_root"
    echo '<5>ldm-seat: X does not start without root; it is started as root' >&2
    end_x
  fi
  "${x_environment[@]}" "${server[@]}" "${place[@]}" "${x_options[@]}" -displayfd 3 3>"$folder/number" 7<&- 8<&- 9>&- &
  x=$!
  beside_x
  wait_for_display
}

# Without root, X needs a logind session on a virtual terminal. Other seats have no terminal.
may_be_rootless() {
  [ "$x_user" != root ] || return
  case $name in seat*) return 1 ;; esac
  # Started by the unit, which ends the X server if this program was killed.
  [ "${server[*]}" = "$default_x" ] && [ -z "${LDM_SEAT_XARGUMENTS+given}" ] &&
    [ "$state" = "/run/ldm-$name" ] && [ -d /run/systemd/seats ] && [ -e /etc/pam.d/ldm-greeter ] &&
    compgen -G '/usr/lib/*/security/pam_systemd.so' >/dev/null
}

# systemd opens the session (PAMName) and gives X the terminal; X asks logind for graphics card, keyboard and mouse. The
# terminal must be active by then: logind gives devices only to the active session.
start_rootless_x() {
  local number=${name#tty}
  terminal keep show
  chmod 711 "$folder"
  chown "$x_user:" "$folder/server"
  x_unit=ldm-x-$name.service
  systemctl --quiet is-active "$x_unit" && systemctl stop "$x_unit"
  systemd-run --quiet --collect --wait --unit="$x_unit" --description="X server of ldm@$name" \
    --property="User=$x_user" --property=PAMName=ldm-greeter \
    --property="TTYPath=/dev/$name" --property=StandardInput=tty-force \
    --property="StandardOutput=file:$folder/number" --property=StandardError=journal --property=SyslogIdentifier=ldm \
    --property=NoNewPrivileges=yes --property=ProtectHome=yes --property=OOMScoreAdjust=-100 --property=TimeoutStopSec=5 \
    --setenv=XDG_SESSION_TYPE=x11 --setenv=XDG_SESSION_CLASS=greeter --setenv=XDG_SEAT=seat0 \
    --setenv="XDG_VTNR=$number" \
    "${x_environment[@]}" "${server[@]}" "${place[@]}" "${x_options[@]}" -keeptty -displayfd 1 7<&- 8<&- 9>&- &
  x=$!
}

# Reads the number that X writes when it is ready. Opened for both directions, so that the seat does not hang if the
# writer never comes, or if X has ended.
wait_for_display() {
  local end=$((SECONDS + x_timeout)) part pipe
  display=
  exec {pipe}<>"$folder/number"
  while [ "$SECONDS" -lt "$end" ]; do
    part=
    if read -r -t 0.2 -u "$pipe" part; then
      display+=$part
      exec {pipe}>&-
      return 0
    fi
    display+=$part
    kill -0 "$x" 2>/dev/null || break
  done
  exec {pipe}>&-
  return 1
}

# Ends X, however it was started.
end_x() {
  if [ -n "$x_unit" ]; then
    systemctl stop "$x_unit" 2>/dev/null
    x_unit=
  fi
  end_process "$x"
  x=
}
