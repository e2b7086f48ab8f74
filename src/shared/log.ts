import { isJournal, severity, withSeverity } from './journal.js';

/**
 * The log: one event a line, `event key=value ...`, on standard error. Values come from anywhere, servers included,
 * so each is escaped as JSON escapes it where it holds more than plain words. Secrets do not print by their type.
 */
export interface Log {
  error(event: string, details?: LogDetails): void;
  warn(event: string, details?: LogDetails): void;
  info(event: string, details?: LogDetails): void;
  debug(event: string, details?: LogDetails): void;
}
export type LogDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A value is cut here, so that a server cannot fill the disk with one line. */
const longestValue = 1_000;

/**
 * @param level the highest severity number that is written, 0-7
 * @param write takes one line with its line end
 */
export function createLog(level: number, write: (line: string) => void): Log {
  const at = (name: keyof typeof severity) => (event: string, details?: LogDetails) => {
    if (severity[name] > level) return;
    const pairs = Object.entries(details ?? {}).filter(([, value]) => value !== undefined);
    write([name, event, ...pairs.map(([key, value]) => `${key}=${printable(value)}`)].join(' ').concat('\n'));
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/**
 * Writes to standard error, and goes on when that is closed or full.
 * @param syslog whether each line begins with its severity; without a word of the administrator's, as the journal likes it
 */
export function stderrLog(level: number, syslog = isJournal(process.env)): Log {
  return createLog(level, (line) => {
    try {
      process.stderr.write(syslog ? withSeverity(line) : line);
    } catch {
      // Nobody can be told; the login matters more.
    }
  });
}

function printable(value: unknown): string {
  const text = String(value);
  const cut = text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
  return /^[\w.:/@%+,[\]-]+$/.test(cut)
    ? cut
    : JSON.stringify(cut).replace(
        /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}
