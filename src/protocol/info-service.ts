/**
 * What a server's info service says, on the classic wire: UTF-8 lines `key:value`, then the end of the stream.
 * Shared by the reader on the client and by ldminfod, which writes it.
 */

/** A reader takes no more than this of one answer. */
export const wireLimits = { bytes: 64 * 1024, lines: 2_000 } as const;

/** Characters of the reason for draining. */
export const maxNoticeLength = 200;

/** One answer. All of it is untrusted input: it is shown after cleaning, never run, and never trusted for a login. */
export interface ServerInfo {
  readonly languages: readonly string[];
  readonly sessions: readonly { readonly name: string; readonly exec: string }[];
  readonly xsession: string | null;
  /** 0 (take nobody) to 100 (idle). */
  readonly rating: number | null;
  /** Desktop sessions that run. */
  readonly running: number | null;
  /** Logins under way. */
  readonly pending: number | null;
  readonly capacity: number | null;
  readonly draining: boolean;
  /** Why it drains, in the administrator's words; at most {@link maxNoticeLength} characters from our own ldminfod. */
  readonly notice: string | null;
  readonly sshDown: boolean;
  /** Age of the rating in ms; null from a classic server, which does not tell. */
  readonly ageMs: number | null;
}

/**
 * Reads an answer by the classic rules: keys match by prefix without regard to case, `session-with-name` by its
 * first 8 letters, and where it occurs the `session:` lines do not count but as the list of commands, which tells
 * where a name with a colon in it ends. What is not understood is skipped.
 * @returns undefined when not one line is understood: whatever answered is no info service
 */
export function parseServerInfo(text: string): ServerInfo | undefined {
  const lines = text.split(/\r?\n/, wireLimits.lines);
  const values = (key: string): string[] =>
    lines.filter((line) => line.slice(0, key.length).toLowerCase() === key).map((line) => line.slice(key.length));
  const number = (key: string, highest: number): number | null => {
    const value = values(key).at(-1)?.trim() ?? '';
    return /^\d{1,9}$/.test(value) && Number(value) <= highest ? Number(value) : null;
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
  const understood = lines.some((line) =>
    /^(language|session|session-with-name|xsession|rating|sessions|pending|capacity|state|notice|ssh|age):/i.test(line),
  );
  return understood ? info : undefined;
}

/** Colons of one line that are tried as the end of its name. */
const mostColons = 16;

/**
 * `session-with-name:NAME:EXEC`. The classic server lets a colon in the name stand, so the name ends before the
 * colon behind which a known command follows, and where none does at the first one, as the classic reads it.
 */
function parseNamedSession(line: string, commands: ReadonlySet<string>): { name: string; exec: string } {
  const rest = line.slice(line.indexOf(':') + 1);
  const first = rest.indexOf(':');
  if (first < 0) return { name: lastPart(rest), exec: rest };
  let split = first;
  for (
    let colon = first, tried = 0;
    colon >= 0 && tried < mostColons;
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

/** Control characters, line breaks among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into a line
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Writes an answer that this reader and the classic's both take. Line breaks cannot get into a value. */
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
