import { writeSync } from 'node:fs';
import { isJournal, type severity, withSeverity } from '../shared/journal.js';
import type { DetailsOf, EventAt } from '../shared/log-table.js';
import type { infoServiceEvents } from './log-events.js';

type Events = typeof infoServiceEvents;
type LogAt<Level extends string> = <Event extends EventAt<Events, Level>>(
  event: Event,
  details?: DetailsOf<Events, Event>,
) => void;

/** The log: one event per line, `level event key=value ...`, on standard error, which systemd passes to the journal. */
export interface Log {
  readonly info: LogAt<'info'>;
  readonly warn: LogAt<'warn'>;
  /** As warn, but the same event at most once a minute: for events that any client can cause. */
  readonly warnRarely: LogAt<'warn'>;
}

const rarelyMs = 60_000;

/**
 * @param write takes one line with its line end; may throw (a full disk), which is ignored
 * @param now ms
 */
export function createLog(write: (line: string) => void, now: () => number): Log {
  const lastTold = new Map<string, number>();
  const line = (level: keyof typeof severity, event: string, details: object = {}): void => {
    const pairs = Object.entries(details).map(([key, value]) => `${key}=${printable(String(value))}`);
    try {
      write([level, event, ...pairs].join(' ').concat('\n'));
    } catch {
      // The disk is full or the journal is closed; the answers matter more.
    }
  };
  return {
    info: (event, details) => line('info', event, details),
    warn: (event, details) => line('warn', event, details),
    warnRarely: (event, details) => {
      const told = lastTold.get(event);
      if (told !== undefined && now() - told < rarelyMs) return;
      lastTold.set(event, now());
      line('warn', event, details);
    },
  };
}

/** Written at once and past Node's stream, whose error on a full disk would end the process. */
export function stderrLog(now: () => number): Log {
  const toJournal = isJournal(process.env);
  return createLog((line) => {
    writeSync(2, toJournal ? withSeverity(line) : line);
  }, now);
}

function printable(value: string): string {
  return /^[\w.:/@%+,[\]*-]+$/.test(value) ? value : JSON.stringify(value.slice(0, 1_000));
}
