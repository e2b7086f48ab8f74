import { isJournal, severity, withSeverity } from './journal.js';
import type { logEvents } from './log-events.js';
import type { LogAt } from './log-table.js';

type Events = typeof logEvents;

/**
 * The log: one event per line, `event key=value ...`, on standard error. `log-events.ts` lists the events with their
 * levels. Values may be untrusted, so each is escaped as in JSON unless it is plain. Secrets are types that do not print.
 */
export interface Log {
  readonly error: LogAt<Events, 'error'>;
  readonly warn: LogAt<Events, 'warn'>;
  readonly info: LogAt<Events, 'info'>;
  /** Takes every event: a caller that reports one in another way logs it at this level. */
  readonly debug: LogAt<Events, string>;
}

/** A value is cut to this many characters, so that a server cannot fill the disk with one line. */
const maxValueLength = 1_000;

/**
 * @param level the highest severity number that is written, 0-7
 * @param write takes one line with its line end
 */
export function createLog(level: number, write: (line: string) => void): Log {
  const at =
    (name: keyof typeof severity) =>
    (event: string, details: object = {}) => {
      if (severity[name] > level) return;
      const pairs = Object.entries(details).filter(([, value]) => value !== undefined);
      write([name, event, ...pairs.map(([key, value]) => `${key}=${printable(value)}`)].join(' ').concat('\n'));
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/**
 * Writes to standard error, and continues when that is closed or full.
 * @param syslog whether each line begins with its severity; by default, if the journal reads it
 */
export function stderrLog(level: number, syslog = isJournal(process.env)): Log {
  return createLog(level, (line) => {
    try {
      process.stderr.write(syslog ? withSeverity(line) : line);
    } catch {
      // There is no other place to report this; the login matters more.
    }
  });
}

function printable(value: unknown): string {
  const text = String(value);
  const cut = text.length > maxValueLength ? `${text.slice(0, maxValueLength)}...` : text;
  return /^[\w.:/@%+,[\]-]+$/.test(cut)
    ? cut
    : JSON.stringify(cut).replace(
        /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}
