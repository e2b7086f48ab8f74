# shellcheck shell=bash disable=SC2154
# Sourced by ldm-seat: messages to the person at the screen when something fails, and the pause before the next run.
# Codes: x-failed (X does not start), x-ended (X stopped), greeter-failed (ldm does not start, or stopped), seat-failed
# (anything before that).

notice=$state/ldm-notice-$name
failed_turns=$state/ldm-failed-turns-$name

# The next login screen says why the last run ended: ldm turns the code into a sentence.
leave_notice() {
  printf '%s\n%s\n' "$1" "$2" 2>/dev/null >"$notice"
}

take_notice() {
  unset LDM_SEAT_NOTICE LDM_SEAT_NOTICE_DETAIL
  [ -e "$notice" ] || return
  { read -r LDM_SEAT_NOTICE && read -r LDM_SEAT_NOTICE_DETAIL; } <"$notice"
  export LDM_SEAT_NOTICE LDM_SEAT_NOTICE_DETAIL
  rm -f "$notice"
}

# fail CODE REASON STATUS: ends a run that showed no login screen, or one that stopped. The message stays on the text
# terminal until the next run.
fail() {
  local seconds
  echo "<3>ldm-seat: $1: $2" >&2
  trap - EXIT
  finish
  leave_notice "$1" "$2"
  seconds=$(next_pause)
  terminal_text <<END
$(failure_sentence "$1")
$2

Please tell your administrator.
The next attempt is in $seconds seconds.
END
  pause "$seconds"
  exit "$3"
}

failure_sentence() {
  case $1 in
    x-*) echo 'The login screen cannot be shown: the X server of this screen does not run.' ;;
    greeter-failed) echo 'The login screen cannot be shown: its program does not run.' ;;
    *) echo 'The login screen cannot be started.' ;;
  esac
}

# LDM_SEAT_PATIENCE seconds after the first failure, twice as long after each further one, at most 30.
next_pause() {
  local turns=0 seconds=$patience most=$((patience > 30 ? patience : 30))
  [ ! -e "$failed_turns" ] || read -r turns <"$failed_turns"
  case $turns in '' | *[!0-9]*) turns=0 ;; esac
  printf '%s\n' $((turns + 1)) 2>/dev/null >"$failed_turns"
  for ((; turns > 0 && seconds < most; turns--)); do seconds=$((seconds * 2)); done
  echo $((seconds < most ? seconds : most))
}

# TERM ends it at once.
pause() {
  sleep "$1" &
  wait $!
}

# The line with the reason, from the last output of ldm in this run, which only the journal keeps. An error of Node says
# more than ldm's own message.
reason_of_ldm() {
  [ -n "${JOURNAL_STREAM-}" ] && [ -n "${INVOCATION_ID-}" ] || return
  journalctl --sync 2>/dev/null
  journalctl --quiet --no-pager --output=cat --lines=60 --since="@$turn_began" \
    "_SYSTEMD_INVOCATION_ID=$INVOCATION_ID" SYSLOG_IDENTIFIER=ldm 2>/dev/null |
    awk '/^ldm-seat: /{next} /^[A-Za-z]*Error: /{error = $0} /^ldm: |not found/{why = $0} END {print error ? error : why}'
}

# Xorg's own reason: `(EE) no screens found(EE)` below `Fatal server error:`, in the log of this run.
reason_of_x() {
  local log line
  for log in /var/log/Xorg.*.log; do
    [ "$log" -nt "$folder/server" ] || continue
    line=$(grep -A 1 'Fatal server error' "$log" | sed -n '2s/^\[[^]]*\] *//; s/(EE)//g; s/^ *//; s/ *$//; 2p')
    [ -z "$line" ] || printf '%s\n' "$line"
  done | tail -n 1
}

# Reset, no cursor, never blanked (console_codes(4)); cleared with its scrollback.
clear_screen=$'\ec\e[?25l\e[9;0]\e[H\e[2J\e[3J'

# terminal clear: clears the seat's text terminal, also behind a running X server. Other words are those of terminal.pl. Seats
# other than the first have no terminal.
terminal() {
  case $name in tty*) ;; *) return ;; esac
  if [ "$1" != clear ]; then
    CLEAR_SCREEN=$clear_screen "$parts/terminal.pl" "${name#tty}" "$@"
  elif [ -e "/dev/$name" ]; then
    # In a subshell, which leads no session: it gets no controlling terminal.
    (printf %s "$clear_screen" >>"/dev/$name") 2>/dev/null
  fi
}

# The screen switches there, unless another login screen is on it.
terminal_text() {
  local active=
  read -r active 2>/dev/null </sys/class/tty/tty0/active
  if [ "$active" != "$name" ] && systemctl --quiet is-active "ldm@$active.service" 2>/dev/null; then
    terminal text
  else
    terminal text show
  fi
}
