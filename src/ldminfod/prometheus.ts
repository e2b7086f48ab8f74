import { renameSync, writeFileSync } from 'node:fs';
import type { Log } from './log.js';

export type SendAnswer = (send: (text: string) => void) => void;

/** ms between two writings of the file. */
export const writtenEveryMs = 10_000;

/** Lines of an answer that are numbers, and what they are to Prometheus. */
const gauges = {
  rating: 'Room for one user more, 0 (take nobody) to 100 (idle).',
  sessions: 'Running sessions.',
  pending: 'Logins under way.',
  capacity: 'Maximum number of sessions.',
} as const;

/**
 * Prometheus' text exposition format 0.0.4, as node_exporter's textfile collector reads it.
 * @param answers how many were given since the start
 * @param answer the latest one's text, as clients read it
 * @param seconds since 1970, of that answer
 */
export function prometheusText(answers: number, answer: string, seconds: number): string {
  const told = new Map(answer.split('\n').map((line) => [line.replace(/:.*/, ''), line.replace(/^[^:]*:/, '')]));
  const sample = (name: string, type: 'counter' | 'gauge', help: string, value: string | number): string =>
    `# HELP ldminfod_${name} ${help}\n# TYPE ldminfod_${name} ${type}\nldminfod_${name} ${value}\n`;
  const numbers = Object.entries(gauges).flatMap(([key, help]) => {
    const value = told.get(key) ?? '';
    return /^\d+$/.test(value) ? [sample(key, 'gauge', help, value)] : [];
  });
  return [
    sample('answers_total', 'counter', 'Answers given since the start.', answers),
    ...numbers,
    sample('draining', 'gauge', '1 while no new logins are taken.', told.get('state') === 'draining' ? 1 : 0),
    sample('ssh_up', 'gauge', '0 where nothing listens on the ssh port.', told.get('ssh') === 'down' ? 0 : 1),
    sample('answered_timestamp_seconds', 'gauge', 'When the latest answer was given.', seconds),
  ].join('');
}

/**
 * Writes the file when an answer is given, at most every 10 s: nothing runs when nobody asks. It is replaced whole, so
 * that nobody reads half of it. What cannot be written is logged, once a minute.
 * @param now ms since 1970
 */
export function countAnswers(answer: SendAnswer, file: string, now: () => number, log: Log): SendAnswer {
  let answers = 0;
  let written = Number.NEGATIVE_INFINITY;
  return (send) =>
    answer((text) => {
      send(text);
      answers += 1;
      if (now() - written < writtenEveryMs) return;
      written = now();
      try {
        writeFileSync(`${file}.new`, prometheusText(answers, text, Math.round(written / 1_000)), { mode: 0o644 });
        renameSync(`${file}.new`, file);
      } catch (error) {
        log.warnRarely('prometheus-file-not-written', {
          file,
          code: (error as NodeJS.ErrnoException).code ?? 'unknown',
        });
      }
    });
}
