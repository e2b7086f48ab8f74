/**
 * The protocol of the info service, compatible with the classic: UTF-8 lines `key:value`, then the end of the stream.
 * The client reads it, and ldminfod writes it.
 */

/** The maximum that a reader accepts of one answer. */
export const wireLimits = { bytes: 64 * 1024, lines: 2_000 } as const;

/** In characters, of the reason for draining. */
export const maxNoticeLength = 200;

/** One answer. It is untrusted input: shown only after cleaning, never executed, and never trusted for a login. */
export interface ServerInfo {
  readonly languages: readonly string[];
  readonly sessions: readonly { readonly name: string; readonly exec: string }[];
  readonly xsession: string | null;
  /** 0 (takes no logins) to 100 (idle). */
  readonly rating: number | null;
  /** Running desktop sessions. */
  readonly running: number | null;
  /** Logins in progress. */
  readonly pending: number | null;
  readonly capacity: number | null;
  readonly draining: boolean;
  /** The administrator's reason for draining, at most {@link maxNoticeLength} characters. */
  readonly notice: string | null;
  readonly sshDown: boolean;
  /** Age of the rating in ms; null from a classic server. */
  readonly ageMs: number | null;
}

/**
 * Parses an answer by the rules of the classic: keys match by prefix, in upper or lower case, and `session-with-name` by
 * its first 8 letters. If it occurs, the `session:` lines only serve as the list of commands, which shows where a name
 * with a colon ends. Unknown lines are skipped.
 * @returns undefined without any known line: the peer is not an info service
 */
export function parseServerInfo(text: string): ServerInfo | undefined {
  const lines = text.split(/\r?\n/, wireLimits.lines);
  const values = (key: string): string[] =>
    lines.filter((line) => line.slice(0, key.length).toLowerCase() === key).map((line) => line.slice(key.length));
  const number = (key: string, max: number): number | null => {
    const value = values(key).at(-1)?.trim() ?? '';
    return /^\d{1,9}$/.test(value) && Number(value) <= max ? Number(value) : null;
  };
  const commands = new Set(values('session:'));
  const named = lines
    .filter((line) => line.slice(0, 8).toLowerCase() === 'session-')
    .map((line) => parseNamedSession(line, commands));
  const info: ServerInfo = {
    languages: values('language:').filter((value) => value !== ''),
    sessions: named.length > 0 ? named : values('session:').map((exec) => ({ name: lastPart(exec), exec })),
    xsession: values('xsession:').at(-1) ?? null,
    rating: number('rating:', 100),
    running: number('sessions:', 1_000_000),
    pending: number('pending:', 1_000_000),
    capacity: number('capacity:', 1_000_000),
    draining: values('state:').at(-1)?.trim() === 'draining',
    notice: values('notice:').at(-1)?.trim().slice(0, maxNoticeLength) || null,
    sshDown: values('ssh:').at(-1)?.trim() === 'down',
    ageMs: number('age:', 999_999_999),
  };
  const isKnown = lines.some((line) =>
    /^(language|session|session-with-name|xsession|rating|sessions|pending|capacity|state|notice|ssh|age):/i.test(line),
  );
  return isKnown ? info : undefined;
}

/** The colons of one line that are tried as the end of its name. */
const maxColons = 16;

/**
 * `session-with-name:NAME:EXEC`. The classic server does not escape a colon in the name. So the name ends at the colon
 * before a known command; without one, at the first colon, as in the classic.
 */
function parseNamedSession(line: string, commands: ReadonlySet<string>): { name: string; exec: string } {
  const rest = line.slice(line.indexOf(':') + 1);
  const first = rest.indexOf(':');
  if (first < 0) return { name: lastPart(rest), exec: rest };
  let split = first;
  for (
    let colon = first, tried = 0;
    colon >= 0 && tried < maxColons;
    colon = rest.indexOf(':', colon + 1), tried += 1
  ) {
    if (commands.has(rest.slice(colon + 1))) {
      split = colon;
      break;
    }
  }
  return { name: rest.slice(0, split), exec: rest.slice(split + 1) };
}

function lastPart(command: string): string {
  return command.slice(command.lastIndexOf('/') + 1);
}

/** Control characters, including line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not get into a line
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Formats an answer for this reader and for the classic one. A value cannot contain a line break. */
export function formatServerInfo(info: ServerInfo): string {
  const line = (key: string, value: string | number | null): string[] =>
    value === null ? [] : [`${key}:${String(value).replace(controls, ' ')}`];
  return [
    ...info.languages.flatMap((language) => line('language', language)),
    ...info.sessions.flatMap(({ exec }) => line('session', exec)),
    ...info.sessions.flatMap(({ name, exec }) => line('session-with-name', `${name.replaceAll(':', ' ')}:${exec}`)),
    ...line('xsession', info.xsession),
    ...line('rating', info.rating),
    ...line('sessions', info.running),
    ...line('pending', info.pending),
    ...line('capacity', info.capacity),
    `state:${info.draining ? 'draining' : 'up'}`,
    ...line('notice', info.notice),
    `ssh:${info.sshDown ? 'down' : 'up'}`,
    ...line('age', info.ageMs),
  ]
    .join('\n')
    .concat('\n');
}
