import { writeSync } from 'node:fs';
import { isJournal, type severity, withSeverity } from '../shared/log/journal.js';
import type { LogAt } from '../shared/log/log-table.js';
import type { infoServiceEvents } from './log-events.js';

type Events = typeof infoServiceEvents;

/** The log: one event per line, `level event key=value ...`, on standard error, which systemd passes to the journal. */
export interface Log {
  readonly info: LogAt<Events, 'info'>;
  readonly warn: LogAt<Events, 'warn'>;
  /** As warn, but the same event at most once a minute: for events that any client can cause. */
  readonly warnRarely: LogAt<Events, 'warn'>;
}

const rarelyMs = 60_000;

/**
 * @param write takes one line with its line end; an exception (a full disk) is ignored
 * @param now ms
 */
export function createLog(write: (line: string) => void, now: () => number): Log {
  const lastWritten = new Map<string, number>();
  const line = (level: keyof typeof severity, event: string, details: object = {}): void => {
    const pairs = Object.entries(details).map(([key, value]) => `${key}=${printable(String(value))}`);
    try {
      write([level, event, ...pairs].join(' ').concat('\n'));
    } catch {
      // A full disk or a closed journal must not stop the answers.
    }
  };
  return {
    info: (event, details) => line('info', event, details),
    warn: (event, details) => line('warn', event, details),
    warnRarely: (event, details) => {
      const last = lastWritten.get(event);
      if (last !== undefined && now() - last < rarelyMs) return;
      lastWritten.set(event, now());
      line('warn', event, details);
    },
  };
}

/** Writes synchronously and not through Node's stream, whose error on a full disk would end the process. */
export function stderrLog(now: () => number): Log {
  const toJournal = isJournal(process.env);
  return createLog((line) => {
    writeSync(2, toJournal ? withSeverity(line) : line);
  }, now);
}

function printable(value: string): string {
  return /^[\w.:/@%+,[\]*-]+$/.test(value) ? value : JSON.stringify(value.slice(0, 1_000));
}
