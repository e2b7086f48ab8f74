# Prints the last lines that a session which has just ended left in ~/.xsession-errors. Read by /bin/sh on the server from
# its standard input. Xsession appends to the file, so lines of earlier sessions may stand above.

file=$HOME/.xsession-errors
[ -f "$file" ] && [ -n "$(find "$file" -prune -mmin -2 2>/dev/null)" ] || exit 0
tail -c 8000 "$file" | awk '
  / X session started for / { text = ""; next }
  { text = text $0 "\n" }
  END { printf "%s", text }
' | tail -n 10
