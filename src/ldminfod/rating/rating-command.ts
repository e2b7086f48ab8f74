import { type ProgramEnd, runProgram } from '../../shared/run-program.js';
import type { Log } from '../log.js';

/** What became of one run of the administrator's program. */
export type CommandOutcome =
  | { readonly kind: 'rating'; readonly rating: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** A rating has three digits; what comes after these bytes is not read. */
const stdout = { maxBytes: 4_096, part: 'first' } as const;

/**
 * Runs the program in a shell and reads a whole number 0-100 from the first line of its output. It has the given time
 * and is then killed with everything it started.
 * @param environment LDMINFOD_* variables, added to this process's own
 */
export async function runRatingCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<CommandOutcome> {
  const run = { children: 'bound', stdout, stderr: 'inherit', timeoutMs } as const;
  return readOutcome(
    await runProgram('/bin/sh', ['-c', command], { ...run, environment: { ...process.env, ...environment } }),
  );
}

/** Pure part of the above: what output and end of the program mean. */
export function readOutcome(end: Pick<ProgramEnd, 'problem' | 'stdout'>): CommandOutcome {
  if (end.problem !== undefined) return { kind: 'failed', reason: end.problem };
  const line = end.stdout.split('\n', 1)[0]?.trim() ?? '';
  return /^\d{1,3}$/.test(line) && Number(line) <= 100
    ? { kind: 'rating', rating: Number(line) }
    : { kind: 'failed', reason: `its first line is not a whole number from 0 to 100: ${JSON.stringify(line)}` };
}

export interface RatingCommandOptions {
  readonly run: (environment: Readonly<Record<string, string>>) => Promise<CommandOutcome>;
  readonly now: () => number;
  readonly log: Log;
}

/** One answer of the program serves everybody for this long, and one failure, as each may cost its whole time. */
const freshMs = { rating: 1_000, failed: 10_000 } as const;

/**
 * Shares the program's runs: it runs at most once a second, and all who ask while it runs wait for the one run.
 * After a failure, which is logged, it is left alone for 10 s: a program that hangs does not make every client wait.
 * @returns takes what a run should be told, and who wants its outcome; called at once where one is fresh
 */
export function createRatingCommand({ run, now, log }: RatingCommandOptions) {
  let last: { readonly outcome: CommandOutcome; readonly at: number } | undefined;
  let waiting: ((outcome: CommandOutcome) => void)[] | undefined;
  const settle = (outcome: CommandOutcome): void => {
    if (outcome.kind === 'failed') log.warnRarely('rating-command-failed', { reason: outcome.reason });
    last = { outcome, at: now() };
    const all = waiting ?? [];
    waiting = undefined;
    for (const one of all) one(outcome);
  };
  return (environment: Readonly<Record<string, string>>, use: (outcome: CommandOutcome) => void): void => {
    if (last !== undefined && now() - last.at < freshMs[last.outcome.kind]) {
      use(last.outcome);
    } else if (waiting !== undefined) {
      waiting.push(use);
    } else {
      waiting = [use];
      run(environment).then(settle, (error: unknown) => settle({ kind: 'failed', reason: String(error) }));
    }
  };
}
