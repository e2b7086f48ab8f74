import readProfiles from './read-profiles.sh?raw';
import startDesktop from './start-desktop.sh?raw';

/** What is started on the server. */
export interface RemoteCommand {
  /** The one string that sshd hands to the user's login shell. */
  readonly line: string;
  /** Its whole standard input; undefined: the caller connects the input. */
  readonly input: string | undefined;
}

/** Which session the user wants: the last one or the server's default, a bare terminal, or one that a server offered. */
export type SessionPick =
  | { readonly kind: 'default' }
  | { readonly kind: 'failsafe' }
  | {
      readonly kind: 'named';
      /** Its name in any language, or the name of its desktop file. */
      readonly name: string;
      /** Its command as a server offered it; compared, never run. Undefined where only a name is known. */
      readonly exec: string | undefined;
    };

/** Which desktop the user wants. */
export interface DesktopPick {
  readonly session: SessionPick;
  /** A locale, or undefined for the last one or the server's default. */
  readonly language: string | undefined;
}

export const defaultPick: DesktopPick = { session: { kind: 'default' }, language: undefined };

/** The user's pick in the environment variables that the classic LDM has for hooks. */
export function pickForHooks({ session, language }: DesktopPick): Record<string, string> {
  const selected = session.kind === 'named' ? (session.exec ?? session.name) : session.kind;
  return { LDM_SELECTED_SESSION: selected, ...(language !== undefined && { LDM_LANGUAGE: language }) };
}

/** What is known of a session once its server is known. */
export interface SessionGivens {
  /** The address by which the session's server reaches this client; undefined where there is none. */
  readonly clientAddress?: string | undefined;
  /** Environment variables that name the devices of this client; the settings may name others. */
  readonly devices?: Readonly<Record<string, string>> | undefined;
  /** Additional environment variables of the session. */
  readonly environment: Readonly<Record<string, string>>;
  /** The cookie of its forwarded display, in hex. sshd stores it in $HOME; where it cannot, the script stores it elsewhere. */
  readonly x11Cookie?: string | undefined;
}

/** The administrator's settings of these names. */
export interface DesktopSettings {
  readonly xsession: string | undefined;
  readonly session: string | undefined;
  readonly language: string | undefined;
  readonly forceSession: string | undefined;
  readonly forceLanguage: string | undefined;
}

/**
 * The command that becomes the user's desktop. The login shell reads one fixed line, because fish and csh read quoted
 * text differently from sh. The script and its arguments go to /bin/sh on standard input. The server itself finds out
 * which sessions, languages and Xsession it has, so no text of an unauthenticated service is run.
 * @param client host name of this client
 * @throws {RangeError} for control characters
 */
export function desktopCommand(
  pick: DesktopPick,
  settings: DesktopSettings,
  client: string,
  { environment, x11Cookie }: SessionGivens = { environment: {} },
): RemoteCommand {
  const { session } = pick;
  const options = Object.entries({
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
  options.push(...Object.entries(environment).map(([name, value]) => `env=${name}=${value}`));
  if (options.some((option) => /\p{Cc}/u.test(option)))
    throw new RangeError('control characters in the name of a session');
  return { line: 'exec /bin/sh -s ldm-desktop', input: desktopScript(options) };
}

/**
 * The script that becomes the desktop, for /bin/sh. The part that starts the desktop is a function, so that all of it is
 * read and parsed before a profile runs, which may end the shell or define functions and aliases of the same names.
 */
export function desktopScript(options: readonly string[]): string {
  const start = `ldm_desktop() {\n${startDesktop}\n}`;
  const withWords = `ldm_with_words() {\n"$@" ${options.map(quoteWord).join(' ')}\n}`;
  return [start, withWords, readProfiles].join('\n');
}

/**
 * The command of `ldm login -- COMMAND...`. One argument is a command line for the user's shell, as with ssh. Several
 * arguments are passed exactly, by a login shell that reads single quotes as sh does; fish reads backslashes in them
 * differently.
 * @throws {RangeError} for a NUL
 */
export function argumentsCommand(args: readonly string[]): string {
  const [first, ...others] = args;
  return first !== undefined && others.length === 0 ? first : args.map(quoteWord).join(' ');
}

/** One word of sh that means exactly this text. */
export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new RangeError(`a NUL in ${JSON.stringify(text)}`);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
