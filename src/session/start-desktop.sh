# Becomes the user's desktop. Read by /bin/sh on the server, as the user, from its standard input, so that the login
# shell (csh, fish, anything) sees one fixed line. Everything is decided here, by what this server itself has: a name
# that the client heard somewhere is compared with and never run. POSIX sh and awk; dash, bash and busybox run it.
# Where a profile has ended the shell this runs in a trap (read-profiles.sh). There, a plain `return` would return what
# the profile ended with, so each names its value.
#
# Arguments KEY=VALUE; a missing or empty one says nothing:
#   force-session=ID      the administrator's: file name below xsessions, without .desktop
#   force-language=LOCALE
#   pick=default          the user's choice of this login; or failsafe, or named with:
#   pick-name=NAME        its Name= (in any language), or its ID
#   pick-exec=COMMAND     its Exec=, where the client knows it
#   pick-language=LOCALE
#   session=ID-OR-COMMAND the administrator's, where neither the user nor ~/.dmrc says anything
#   language=LOCALE
#   client=HOSTNAME       for LTSP_CLIENT_HOSTNAME
#   xsession=PATH         without it the usual places
#   x11-cookie=HEX        what opens $DISPLAY, to be kept where sshd could not keep it
#   env=NAME=VALUE        for the environment of the session, as often as needed
#   xsessions=FOLDER      without it /usr/share/xsessions

say() {
  printf 'ldm: %s\n' "$*" >&2
}

# Prints the sessions, one a line: id, how well it fits the pick (0: not), TryExec, desktops, command. Between them
# stands US (octal 037), which is in no value. Same rules as src/ldminfod/static-info/desktop-entry.ts; a session with NoDisplay
# is not offered, but may be named.
list_sessions() {
  set --
  for file in "$xsessions"/*.desktop; do
    if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; fi
  done
  [ $# -gt 0 ] || return 0
  PICK_NAME=$pick_name PICK_EXEC=$pick_exec LC_ALL=C awk '
    # String: escapes undone. Values are texts even where they look like numbers.
    function plain(text,    out, at, c) {
      out = ""
      while ((at = index(text, "\\")) > 0) {
        c = substr(text, at + 1, 1)
        out = out substr(text, 1, at - 1) ((c in escapes) ? escapes[c] : "\\" c)
        text = substr(text, at + 2)
      }
      return trimmed(out text)
    }
    function trimmed(text) {
      gsub(/[[:cntrl:]]/, " ", text)
      gsub(/^ +| +$/, "", text)
      return text
    }
    function command(text) {
      text = plain(text)
      gsub(/%%/, "\001", text)
      gsub(/ *%[fFuUdDnNickvm]/, "", text)
      gsub(/\001/, "%", text)
      return trimmed(text)
    }
    function finish(    id, fit, exec, desktops) {
      if (path == "") return 0
      id = path
      sub(/^.*\//, "", id)
      sub(/\.desktop$/, "", id)
      exec = command(value["Exec"])
      if (exec == "" || id == "" || id ~ /[[:cntrl:]]/ || tolower(value["Hidden"]) ~ /^(true|1)$/) return 0
      fit = 0
      if (pick_exec != "" && (exec "" == pick_exec || trimmed(value["Exec"]) "" == pick_exec)) fit = 2
      if (pick_name != "" && named) fit += 1
      if (pick_name != "" && pick_exec == "" && id "" == pick_name) fit = 4
      desktops = plain(("DesktopNames" in value) ? value["DesktopNames"] : value["X-LightDM-DesktopName"])
      gsub(/;+$/, "", desktops)
      gsub(/;/, ":", desktops)
      if (desktops == "") desktops = plain(value["Name"])
      print id "\037" fit "\037" plain(value["TryExec"]) "\037" desktops "\037" exec
    }
    BEGIN {
      escapes["s"] = " "; escapes["n"] = " "; escapes["t"] = " "; escapes["r"] = " "; escapes["\\"] = "\\"
      pick_name = trimmed(ENVIRON["PICK_NAME"]) ""
      pick_exec = trimmed(ENVIRON["PICK_EXEC"]) ""
    }
    FNR == 1 {
      finish()
      path = FILENAME
      group = named = 0
      split("", value)
    }
    { gsub(/^[ \t]+|[ \t\r]+$/, "") }
    /^\[/ { group = group == 0 && $0 == "[Desktop Entry]" ? 1 : (group == 0 ? 0 : 2); next }
    group == 1 && match($0, /^[A-Za-z0-9-]+(\[[^]]*\])?[ \t]*=/) {
      key = substr($0, 1, RLENGTH - 1)
      text = substr($0, RLENGTH + 1)
      gsub(/[ \t]+$/, "", key)
      gsub(/^[ \t]+/, "", text)
      if (key ~ /^Name(\[|$)/ && plain(text) "" == pick_name) named = 1
      if (!(key in value)) value[key] = text
    }
    END { finish() }
  ' "$@"
}

is_program() {
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# find_session id|exec|first|fit TEXT: the session whose id, command, or program it is; fit: the best fit to the pick.
# Sets session_id, session_desktops and session_exec, or returns 1.
find_session() {
  best=0
  while IFS=$us read -r id fit try desktops exec; do
    [ -n "$exec" ] || continue
    case $1 in
    id) [ "$id" = "$2" ] || continue ;;
    exec) [ "$exec" = "$2" ] || continue ;;
    first) [ "${exec%% *}" = "$2" ] || [ "${exec%% *}" = "${2##*/}" ] || continue ;;
    fit) [ "$fit" -gt "$best" ] || continue ;;
    esac
    if [ -n "$try" ] && ! is_program "$try"; then continue; fi
    session_id=$id session_desktops=$desktops session_exec=$exec
    [ "$1" = fit ] || return 0
    best=$fit
  done <<LIST
$sessions
LIST
  [ "$best" -gt 0 ]
}

# find_language LOCALE: sets found_language to this server's spelling of it, or returns 1.
find_language() {
  case $1 in
  [A-Za-z]*) ;;
  *) return 1 ;;
  esac
  case $1 in
  *[!A-Za-z0-9_.@-]*) return 1 ;;
  esac
  found_language=$1
  command -v locale >/dev/null 2>&1 || return 0
  found_language=$(locale -a 2>/dev/null | WANTED=$1 LC_ALL=C awk '
    # In one spelling: de_DE.utf8, de_DE.UTF-8 -> de_DE.utf8
    function plain(name,    at, dot, modifier, codeset) {
      modifier = codeset = ""
      if ((at = index(name, "@")) > 0) { modifier = substr(name, at); name = substr(name, 1, at - 1) }
      if ((dot = index(name, ".")) > 0) { codeset = tolower(substr(name, dot)); name = substr(name, 1, dot - 1) }
      gsub(/[^.a-z0-9]/, "", codeset)
      return name codeset modifier
    }
    BEGIN {
      wanted = plain(ENVIRON["WANTED"])
      # Without a charset UTF-8 is meant where there is nothing else.
      if (index(wanted, ".") == 0) {
        second = wanted
        if (!sub(/@/, ".utf8@", second)) second = second ".utf8"
      }
    }
    plain($0) == wanted { first_found = $0 }
    plain($0) == second { second_found = $0 }
    END {
      found = first_found != "" ? first_found : second_found
      sub(/\.[uU][tT][fF]-?8/, ".UTF-8", found)
      print found
    }
  ')
  [ -n "$found_language" ]
}

# dmrc_value KEY: what [Desktop] of ~/.dmrc says.
dmrc_value() {
  WANTED=$1 LC_ALL=C awk '
    { gsub(/^[ \t]+|[ \t\r]+$/, "") }
    /^\[/ { group = $0 == "[Desktop]"; next }
    group && match($0, /^[A-Za-z0-9-]+[ \t]*=/) {
      key = substr($0, 1, RLENGTH - 1)
      gsub(/[ \t]+$/, "", key)
      if (key != ENVIRON["WANTED"]) next
      text = substr($0, RLENGTH + 1)
      gsub(/^[ \t]+/, "", text)
      print text
      exit
    }
  ' "$dmrc" 2>/dev/null
}

# new_dmrc SESSION LANGUAGE: ~/.dmrc with these values; everything else in it stays as it is.
new_dmrc() {
  before=/dev/null
  [ ! -e "$dmrc" ] || before=$dmrc
  KEEP_SESSION=$1 KEEP_LANGUAGE=$2 LC_ALL=C awk "$dmrc_awk" <"$before"
}
dmrc_awk='
  function fresh() {
    if (ENVIRON["KEEP_SESSION"] != "" && !has_session++) print "Session=" ENVIRON["KEEP_SESSION"]
    if (ENVIRON["KEEP_LANGUAGE"] != "" && !has_language++) print "Language=" ENVIRON["KEEP_LANGUAGE"]
  }
  BEGIN { ready = 0 }
  { lines[NR] = $0; if ($0 ~ /^[ \t]*\[Desktop\][ \t\r]*$/) ready = 1 }
  END {
    if (!ready) { print "[Desktop]"; fresh() }
    for (n = 1; n <= NR; n++) {
      if (lines[n] ~ /^[ \t]*\[/) group = lines[n] ~ /^[ \t]*\[Desktop\][ \t\r]*$/
      else if (group && lines[n] ~ /^[ \t]*Session[ \t]*=/ && ENVIRON["KEEP_SESSION"] != "") continue
      else if (group && lines[n] ~ /^[ \t]*Language[ \t]*=/ && ENVIRON["KEEP_LANGUAGE"] != "") continue
      print lines[n]
      if (lines[n] ~ /^[ \t]*\[/ && group) fresh()
    }
  }
'

# store SESSION LANGUAGE: into ~/.dmrc, whole or not at all. Empty: as it was. A full or read-only home is no reason
# to have no session.
store() {
  if ! content=$(new_dmrc "$1" "$2" 2>/dev/null) || ! write_dmrc 2>/dev/null; then
    say "~/.dmrc cannot be written; the choice counts this once"
  fi
}

write_dmrc() {
  target=$dmrc
  # Kept in a folder of dotfiles and linked to from here: the link stays.
  [ ! -L "$dmrc" ] || target=$(readlink -f "$dmrc") || return 1
  [ ! -d "$target" ] || return 1
  part=$target.ldm-$$
  # Must be new, and gets the rights of the old one. Where there is none, the group may not write to it, though Debian
  # 13's pam_umask lets groups of one user do so: display managers ignore such a file. A full disk may fail any of
  # these, or keep a part only.
  (umask go-w && set -C && : >"$part") || return 1
  { [ ! -e "$target" ] || cp -p "$target" "$part"; } &&
    printf '%s\n' "$content" >"$part" &&
    [ "$(cat "$part")" = "$content" ] &&
    mv -f "$part" "$target" && return 0
  rm -f "$part"
  return 1
}

settle_language() {
  stored=$(dmrc_value Language)
  keep_language=
  for source in force pick own admin; do
    case $source in
    force) wanted=$force_language ;;
    pick) wanted=$pick_language ;;
    own) wanted=$stored ;;
    admin) wanted=$language ;;
    esac
    case $wanted in '' | default | None) continue ;; esac
    if ! find_language "$wanted"; then
      say "this server has no language $wanted"
      continue
    fi
    if [ "$source" = pick ] && [ "$found_language" != "$stored" ]; then
      pick_found=$found_language
      # The same in another spelling is no change.
      find_language "$stored" && [ "$found_language" = "$pick_found" ] || keep_language=$pick_found
      found_language=$pick_found
    fi
    LANG=$found_language
    export LANG
    # They would be stronger than LANG, and are the server's defaults here.
    unset LC_ALL LANGUAGE
    return 0
  done
}

settle_session() {
  stored=$(dmrc_value Session)
  keep_session=
  session_id= session_desktops= session_exec=
  if [ -n "$force_session" ]; then
    find_session id "$force_session" && return 0
    say "this server has no session $force_session"
  fi
  case $pick in
  failsafe)
    for exec in xterm x-terminal-emulator; do
      session_exec=$(command -v "$exec") && return 0
    done
    say 'this server has no xterm'
    ;;
  named)
    if find_session fit; then
      [ "$session_id" = "$stored" ] || keep_session=$session_id
      return 0
    fi
    say "this server has no session $pick_name"
    ;;
  esac
  case $stored in
  '' | default) ;;
  *)
    find_session id "$stored" && return 0
    say "this server has no session $stored"
    ;;
  esac
  if [ -n "$session" ]; then
    find_session id "$session" && return 0
    find_session exec "$session" && return 0
    if is_program "${session%% *}"; then
      session_exec=$session
      return 0
    fi
    say "this server has no session $session"
  fi
  # A user's own ~/.xsession is the Xsession's to run; else it will run this one, whose names are wanted.
  [ ! -e "$HOME/.xsession" ] && [ ! -e "$HOME/.Xsession" ] || return 0
  manager=$(command -v x-session-manager) || return 0
  find_session first "$(readlink -f "$manager")"
}

# has_cookie WORDS: whether what xauth lists by these words has it.
has_cookie() {
  case $(xauth -iq "$@" 2>/dev/null) in
  *"$cookie"*) ;;
  *) return 1 ;;
  esac
}

# sshd writes the cookie into ~/.Xauthority, and says nothing where it cannot: in a home that is full, read-only or not
# there. Then this session has a file of its own for it. Nothing of the cookie is an argument: those can be read by all.
settle_cookie() {
  [ -n "$cookie" ] && [ -n "$DISPLAY" ] && command -v xauth >/dev/null 2>&1 || return 0
  ! has_cookie list "$DISPLAY" || return 0
  for folder in "$XDG_RUNTIME_DIR" "${TMPDIR:-/tmp}" /dev/shm; do
    [ -d "$folder" ] && own=$(mktemp "$folder/ldm-xauthority.XXXXXXXX" 2>/dev/null) || continue
    printf 'add %s . %s\n' "$DISPLAY" "$cookie" | xauth -q -f "$own" source - 2>/dev/null
    if has_cookie -f "$own" list; then
      XAUTHORITY=$own
      export XAUTHORITY
      say "~/.Xauthority cannot be written; is your home full?"
      return 0
    fi
    rm -f "$own" "$own"-?
  done
}

# tell_services NAME=VALUE...: services of the user's systemd and of D-Bus are part of the desktop, so they get its
# environment, as Debian's 95dbus_update-activation-env gives it where dbus-x11 is installed. The user's systemd may be
# older than this session: what an earlier one from another client or with another desktop has left there goes away.
tell_services() {
  [ -S "$XDG_RUNTIME_DIR/bus" ] && command -v dbus-update-activation-environment >/dev/null 2>&1 || return 0
  (
    for argument in "$@"; do export "$argument"; done
    unset XDG_SEAT XDG_SEAT_PATH XDG_SESSION_ID XDG_SESSION_PATH XDG_VTNR SSH_CLIENT SSH_CONNECTION SSH_TTY
    : "${DBUS_SESSION_BUS_ADDRESS:=unix:path=$XDG_RUNTIME_DIR/bus}"
    export DBUS_SESSION_BUS_ADDRESS
    set --
    for name in DESKTOP_SESSION GDMSESSION XDG_SESSION_DESKTOP XDG_CURRENT_DESKTOP XAUTHORITY LC_ALL LANGUAGE \
      PULSE_SERVER ESPEAKER LTSP_ALSA_DEFAULT AUDIOSERVER SANE_NET_HOSTS CUPS_SERVER PRINTER PRINTER_LIST \
      LTSP_CLIENT_MAC; do
      eval "[ -n \"\${$name+set}\" ]" || set -- "$@" "$name"
    done
    [ $# -eq 0 ] || ! command -v systemctl || systemctl --user unset-environment "$@"
    exec dbus-update-activation-environment --systemd --all
  ) </dev/null >/dev/null 2>&1
}

# Without logind nobody has made a session bus, and without dbus-x11 Xsession cannot. Xfce shows an error then and ends.
needs_bus() {
  [ -z "$DBUS_SESSION_BUS_ADDRESS" ] && ! [ -S "$XDG_RUNTIME_DIR/bus" ] &&
    ! command -v dbus-launch >/dev/null 2>&1 && command -v dbus-run-session >/dev/null 2>&1
}

usual_xsessions='/etc/X11/xinit/Xsession /etc/X11/Xsession /usr/lib/X11/xdm/Xsession /etc/X11/xdm/Xsession'

# Prints the program that starts desktops here, or returns 1.
find_xsession() {
  if [ -n "$xsession" ]; then set -- "$xsession"; else set -- $usual_xsessions; fi
  for place in "$@"; do
    if [ -f "$place" ] && [ -x "$place" ]; then
      printf '%s\n' "$place"
      return 0
    fi
  done
  return 1
}

start() {
  us=$(printf '\037')
  force_session= force_language= pick= pick_name= pick_exec= pick_language= session= language=
  client= xsession= cookie= xsessions=/usr/share/xsessions
  # What is left of the arguments is the environment.
  for argument in "$@"; do
    shift
    case $argument in
    env=*) set -- "$@" "${argument#*=}" ;;
    force-session=*) force_session=${argument#*=} ;;
    force-language=*) force_language=${argument#*=} ;;
    pick=*) pick=${argument#*=} ;;
    pick-name=*) pick_name=${argument#*=} ;;
    pick-exec=*) pick_exec=${argument#*=} ;;
    pick-language=*) pick_language=${argument#*=} ;;
    session=*) session=${argument#*=} ;;
    language=*) language=${argument#*=} ;;
    client=*) client=${argument#*=} ;;
    xsession=*) xsession=${argument#*=} ;;
    x11-cookie=*) cookie=${argument#*=} ;;
    xsessions=*) xsessions=${argument#*=} ;;
    esac
  done
  dmrc=$HOME/.dmrc
  sessions=$(list_sessions)

  settle_language
  settle_session
  [ -z "$keep_session$keep_language" ] || store "$keep_session" "$keep_language"
  settle_cookie

  LTSP_CLIENT=${SSH_CONNECTION%% *} LTSP_CLIENT_HOSTNAME=$client
  export LTSP_CLIENT LTSP_CLIENT_HOSTNAME
  # pam_systemd counts a login over ssh as one at a terminal; GNOME does not start in such a one.
  XDG_SESSION_TYPE=x11 XDG_SESSION_CLASS=user
  export XDG_SESSION_TYPE XDG_SESSION_CLASS
  if [ -n "$session_id" ]; then
    DESKTOP_SESSION=$session_id GDMSESSION=$session_id XDG_SESSION_DESKTOP=$session_id
    XDG_CURRENT_DESKTOP=$session_desktops
    export DESKTOP_SESSION GDMSESSION XDG_SESSION_DESKTOP XDG_CURRENT_DESKTOP
  fi
  tell_services "$@"

  if found_xsession=$(find_xsession); then
    # The words of `env` end with the first that is no assignment.
    needs_bus && set -- "$@" dbus-run-session --
    exec ${1:+env} "$@" "$found_xsession" ${session_exec:+"$session_exec"} </dev/null
  fi
  [ "$pick" != failsafe ] || [ -z "$session_exec" ] || exec ${1:+env} "$@" "$session_exec" </dev/null
  say "no Xsession on this server: ${xsession:-$usual_xsessions}"
  exit 127
}

start "$@"
