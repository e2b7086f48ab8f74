import readProfiles from './read-profiles.sh?raw';
import startDesktop from './start-desktop.sh?raw';

/** What is started on the server. */
export interface RemoteCommand {
  /** The one string that sshd hands to the user's login shell. */
  readonly line: string;
  /** What it reads from its standard input, which ends with that; undefined: the input is whoever starts it's. */
  readonly input: string | undefined;
}

/** Which session the user wants: the last one or the server's own, a bare terminal, or one that a server told of. */
export type SessionPick =
  | { readonly kind: 'default' }
  | { readonly kind: 'failsafe' }
  | {
      readonly kind: 'named';
      /** Its name in any language, or the name of its desktop file. */
      readonly name: string;
      /** Its command as a server told it; compared with, never run. Undefined where only a name is known. */
      readonly exec: string | undefined;
    };

/** What the user wants of a desktop. */
export interface DesktopPick {
  readonly session: SessionPick;
  /** A locale, or undefined for the last one or the server's own. */
  readonly language: string | undefined;
}

export const defaultPick: DesktopPick = { session: { kind: 'default' }, language: undefined };

/** The user's pick as the classic tells it to hooks. */
export function pickForHooks({ session, language }: DesktopPick): Record<string, string> {
  const selected = session.kind === 'named' ? (session.exec ?? session.name) : session.kind;
  return { LDM_SELECTED_SESSION: selected, ...(language !== undefined && { LDM_LANGUAGE: language }) };
}

/** What is known of a session only when its server is. */
export interface SessionGivens {
  /** Of this client, by which the session's server reaches it; undefined where there is no such address. */
  readonly clientAddress?: string | undefined;
  /** What the session finds in its environment besides. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of its forwarded display, in hex. The server's sshd keeps it in the home; where that cannot be, the script does. */
  readonly x11Cookie?: string | undefined;
}

/** What the administrator says of it: the settings of these names. */
export interface DesktopSettings {
  readonly xsession: string | undefined;
  readonly session: string | undefined;
  readonly language: string | undefined;
  readonly forceSession: string | undefined;
  readonly forceLanguage: string | undefined;
}

/**
 * The command that becomes the user's desktop. What the login shell reads is one fixed line, for fish and csh take
 * quoted text otherwise than sh does; the script and its words go to /bin/sh on standard input. The server itself looks
 * which sessions, languages and Xsession it has, so that nothing that an unauthenticated service said is run.
 * @param client host name of this client
 * @throws {RangeError} for words with control characters
 */
export function desktopCommand(
  pick: DesktopPick,
  settings: DesktopSettings,
  client: string,
  { environment, x11Cookie }: SessionGivens = { environment: {} },
): RemoteCommand {
  const { session } = pick;
  const words = Object.entries({
    'force-session': settings.forceSession,
    'force-language': settings.forceLanguage,
    pick: session.kind,
    'pick-name': session.kind === 'named' ? session.name : undefined,
    'pick-exec': session.kind === 'named' ? session.exec : undefined,
    'pick-language': pick.language,
    session: settings.session,
    language: settings.language,
    client,
    xsession: settings.xsession,
    'x11-cookie': x11Cookie,
  }).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  words.push(...Object.entries(environment).map(([name, value]) => `env=${name}=${value}`));
  if (words.some((word) => /\p{Cc}/u.test(word))) throw new RangeError('control characters in the name of a session');
  return { line: 'exec /bin/sh -s ldm-desktop', input: desktopScript(words) };
}

/**
 * The script that becomes the desktop, for /bin/sh. The part that starts the desktop is a function, so that all of it is
 * read and parsed before a profile runs, which may end the shell or define functions and aliases of the same names.
 */
export function desktopScript(words: readonly string[]): string {
  const start = `ldm_desktop() {\n${startDesktop}\n}`;
  const withWords = `ldm_with_words() {\n"$@" ${words.map(quoteWord).join(' ')}\n}`;
  return [start, withWords, readProfiles].join('\n');
}

/**
 * The command of `ldm login -- COMMAND...`: one word is a command line for the user's shell, as with ssh; of several,
 * each is passed exactly (by a login shell that reads single quotes as sh does; fish takes backslashes in them
 * otherwise).
 * @throws {RangeError} for a NUL
 */
export function argumentsCommand(words: readonly string[]): string {
  const [first, ...others] = words;
  return first !== undefined && others.length === 0 ? first : words.map(quoteWord).join(' ');
}

/** One word of sh that means exactly this text. */
export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new RangeError(`a NUL in ${JSON.stringify(text)}`);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
