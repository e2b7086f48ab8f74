# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ldm-seat: starts ldm, or the program of the settings that stands for it, without privileges.

# Whether the program has a user of its own.
has_user() {
  [ -n "$user" ] && [ "$user" != root ] && [ "$UID" -eq 0 ]
}

# The program's user passes through the folder to its home, while root still writes to the rest. The inner folder comes first,
# so that root changes nothing in a folder of the user.
make_home() {
  mkdir -p "$folder/home/tmp" && { ! has_user || chown "$user:" "$folder/home/tmp" "$folder/home"; }
}

drop_privileges() {
  local extra=(--clear-groups)
  unset DISPLAY LDM_SEAT_DISPLAY_FD
  as_user=()
  has_user || return 0
  [ -z "$groups" ] || extra=(--groups "$groups")
  # ldm needs the network and the display, and no privileges.
  as_user=(setpriv --reuid "$user" --regid "$group" "${extra[@]}" --no-new-privs --inh-caps=-all --bounding-set=-all)
}

# xauth writes next to its file. Root writes nothing there from here on.
give_folder_to_user() {
  [ "${#as_user[@]}" -gt 0 ] || return 0
  chown "$user:" "$folder"/* "$folder"
}

# Whether the program is the greeter's ldm, which can wait for its display. Any other is started when X is ready.
waits_for_display() {
  local file
  file=$(type -P "${program[0]}") || return
  [ ! -L "$file" ] || file=$(readlink -f "$file")
  [ -e "${file%/bin/*}/dist/greeter.cjs" ]
}

# start_program: sets greeter, a process. If DISPLAY is not set here, it comes through the pipe.
start_program() {
  (
    export XDG_CONFIG_HOME=$folder/home/.config XDG_DATA_HOME=$folder/home/.local/share
    export XDG_CACHE_HOME=$folder/home/.cache TMPDIR=$folder/home/tmp
    unset XDG_RUNTIME_DIR
    export XAUTHORITY=$folder/Xauthority LDM_SEAT_NAME=$name
    case $name in seat*) export XDG_SEAT=$name ;; esac
    if [ "${#as_user[@]}" -gt 0 ]; then
      export HOME=$folder/home USER=$user LOGNAME=$user
      # ldm reads only its own two files there, as untrusted input.
      export XDG_STATE_HOME=/var/lib
    fi
    exec 7<&- 9>&-
    if [ -n "${DISPLAY-}" ]; then
      exec 8<&-
      export DISPLAY
    else
      export LDM_SEAT_DISPLAY_FD=8
    fi
    exec "${as_user[@]}" "${program[@]}"
  ) &
  greeter=$!
}
