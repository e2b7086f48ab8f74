/**
 * The one string that sshd hands to the user's login shell. Whatever names it is built from, each stays one word:
 * the shell that reads the outer layer may be sh, csh or fish, so only single quotes are used, which all three read
 * alike.
 */

/** Where a server keeps its Xsession, first executable taken (the classic's four places). */
const xsessionPlaces = [
  '/etc/X11/xinit/Xsession',
  '/etc/X11/Xsession',
  '/usr/lib/X11/xdm/Xsession',
  '/etc/X11/xdm/Xsession',
];

export interface DesktopRequest {
  /** The administrator's Xsession, or undefined for the usual places on the server. */
  readonly xsession: string | undefined;
  /** What the Xsession is to run; undefined for the server's or the user's own choice. */
  readonly session: string | undefined;
}

/**
 * The command that becomes the user's desktop: the server itself looks which Xsession it has, so that nothing that
 * an unauthenticated service said is run.
 * @throws {RangeError} for names with control characters, which no shell carries the same
 */
export function desktopCommand(request: DesktopRequest): string {
  if (/\p{Cc}/u.test(`${request.xsession ?? ''}${request.session ?? ''}`)) {
    throw new RangeError('control characters in the name of a session');
  }
  const places = request.xsession === undefined ? xsessionPlaces : [request.xsession];
  const script =
    'session=$1; shift; for x in "$@"; do if [ -x "$x" ]; then exec "$x" $' +
    '{session:+"$session"}; fi; done; echo "no Xsession on this server: $*" >&2; exit 127';
  return ['exec', '/bin/sh', '-c', script, 'ldm-session', request.session ?? '', ...places].map(quoteWord).join(' ');
}

/**
 * The command of `ldm login -- COMMAND...`: one word is a command line for the user's shell, as with ssh; of several,
 * each is passed exactly.
 * @throws {RangeError} for a NUL
 */
export function argumentsCommand(words: readonly string[]): string {
  const [first, ...others] = words;
  return first !== undefined && others.length === 0 ? first : words.map(quoteWord).join(' ');
}

/** One shell word that means exactly this text. */
export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new RangeError(`a NUL in ${JSON.stringify(text)}`);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
