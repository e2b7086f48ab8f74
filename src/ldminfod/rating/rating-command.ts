import { type ProgramEnd, runProgram } from '../../shared/programs/run-program.js';
import type { Log } from '../log.js';

/** The result of one run of the rating command. */
export type CommandOutcome =
  | { readonly kind: 'rating'; readonly rating: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** A rating has three digits, so the rest of the output is not read. */
const stdout = { maxBytes: 4_096, part: 'first' } as const;

/**
 * Runs the command in a shell and reads a whole number 0-100 from the first line of its output. After the timeout, it is
 * killed with everything it started.
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

/** What the end and the output of the command mean. */
export function readOutcome(end: Pick<ProgramEnd, 'problem' | 'stdout'>): CommandOutcome {
  if (end.problem !== undefined) return { kind: 'failed', reason: end.problem };
  const line = end.stdout.split('\n', 1)[0]?.trim() ?? '';
  return /^\d{1,3}$/.test(line) && Number(line) <= 100
    ? { kind: 'rating', rating: Number(line) }
    : { kind: 'failed', reason: `invalid rating ${JSON.stringify(line)} (expected a whole number from 0 to 100)` };
}

export interface RatingCommandOptions {
  readonly run: (environment: Readonly<Record<string, string>>) => Promise<CommandOutcome>;
  readonly now: () => number;
  readonly log: Log;
}

/** ms for which one result is used for all clients. A failure lasts longer, since it may have cost the whole timeout. */
const freshMs = { rating: 1_000, failed: 10_000 } as const;

/**
 * Shares the runs of the command: it runs at most once a second, and all clients that ask meanwhile wait for the same
 * run. After a failure, which is logged, it does not run for 10 s, so that a command that hangs does not delay every client.
 * @returns takes the variables for a run, and a callback, which is called immediately where a result is recent
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
