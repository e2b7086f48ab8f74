# Reads the user's environment before the desktop, as the Xsession wrappers of LightDM and GDM do. The desktop is the
# function ldm_desktop, which replaces this shell; ldm_with_words calls a function with the arguments of the script. Both
# are defined before this text.
# Names begin with ldm_, because profiles run in this shell: as with LightDM, their umask, limits and directory count.
#
# Arguments KEY=VALUE; all others are those of start-desktop.sh:
#   etc=DIRECTORY         without it /etc

# Programs of the desktop get the variables of environment.d(5), as they get them from GDM. Without this only the services
# of the user's systemd would have them.
ldm_environment_d() {
  [ -S "${XDG_RUNTIME_DIR-}/systemd/private" ] || return 0
  for ldm_file in /usr/lib/systemd /lib/systemd; do
    ldm_file=$ldm_file/user-environment-generators/30-systemd-environment-d-generator
    [ -x "$ldm_file" ] || continue
    # The generator quotes values for shells.
    set -a
    eval "$("$ldm_file" </dev/null 2>/dev/null | grep '^[A-Za-z_][A-Za-z0-9_]*=')"
    set +a
    return 0
  done
}

# `exec fish` in a profile makes a login at a terminal one of fish; here it would be the end of the login. So the program
# runs and ends: it has no input. As an alias of exec this reaches profiles alone: all of this script is parsed already.
ldm_exec() {
  [ $# -eq 0 ] || "$@"
}

ldm_read_profiles() {
  for ldm_file in "$ldm_etc/profile" "$HOME/.profile" "$ldm_etc/xprofile" "$HOME/.xprofile"; do
    if [ -f "$ldm_file" ] && [ -r "$ldm_file" ]; then
      # The standard input is this script, and the standard output is the session's.
      . "$ldm_file" </dev/null >&2
    fi
  done
  ldm_file=
}

# Starts the desktop, whatever a profile has done to this shell.
ldm_go_on() {
  trap - EXIT HUP INT QUIT TERM
  set +aCefuvx
  # bash leaves a profile's redirections in place where the profile ended the shell.
  exec >&3 3>&-
  unset IFS
  [ -z "$ldm_file" ] || printf 'ldm: %s: stopped before its end\n' "$ldm_file" >&2
  # Debian's /etc/profile replaces PATH. Directories that PAM, environment.d or the start-up files of a login shell without
  # ~/.profile (fish, csh, zsh) have added stay, in front.
  ldm_kept=
  while [ -n "$ldm_path" ]; do
    ldm_file=${ldm_path%%:*}
    ldm_path=${ldm_path#*:}
    case $ldm_file:${PATH-}: in
    :* | *":$ldm_file:"*) ;;
    *) ldm_kept=$ldm_kept$ldm_file: ;;
    esac
  done
  PATH=$ldm_kept${PATH-}
  export PATH
  unset ldm_kept ldm_path ldm_file ldm_etc
  ldm_with_words ldm_desktop
}

ldm_find_etc() {
  ldm_etc=/etc
  for ldm_file in "$@"; do
    case $ldm_file in etc=*) ldm_etc=${ldm_file#*=} ;; esac
  done
}

# All of the script is read before anything of it runs: one that was cut on its way starts nothing.
ldm_log_in() {
  ldm_with_words ldm_find_etc
  ldm_environment_d
  ldm_path=${PATH:+$PATH:}
  # `exit`, a syntax error, and a missing file for `.` all end a POSIX shell. They must not end the login.
  exec 3>&1
  trap ldm_go_on EXIT
  alias exec=ldm_exec
  ldm_read_profiles
  ldm_go_on
}

ldm_log_in
