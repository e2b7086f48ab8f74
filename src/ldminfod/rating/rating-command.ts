import { spawn } from 'node:child_process';
import type { Log } from '../log.js';

/** What became of one run of the administrator's program. */
export type CommandOutcome =
  | { readonly kind: 'rating'; readonly rating: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** A rating is three digits; what comes after this is not read. */
const maxOutputLength = 4_096;

/**
 * Runs the program in a shell and reads a whole number 0-100 from the first line of its output. It has the given time
 * and is killed then with all its children, which stand in a process group of their own.
 * @param environment LDMINFOD_* variables, added to this process's own
 */
export function runRatingCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    let output = '';
    const finish = (outcome: CommandOutcome): void => {
      clearTimeout(timer);
      killGroup(child.pid);
      child.stdout.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish({ kind: 'failed', reason: `no answer within ${timeoutMs} ms` }), timeoutMs);
    child.on('error', (error) => finish({ kind: 'failed', reason: error.message }));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, maxOutputLength);
    });
    child.on('close', (code, signal) => finish(readOutcome(output, code, signal)));
  });
}

/** Pure part of the above: what output and end of the program mean. */
export function readOutcome(output: string, code: number | null, signal: string | null): CommandOutcome {
  if (code !== 0) {
    return { kind: 'failed', reason: signal === null ? `it ended with code ${code}` : `it was ended by ${signal}` };
  }
  const line = output.split('\n', 1)[0]?.trim() ?? '';
  return /^\d{1,3}$/.test(line) && Number(line) <= 100
    ? { kind: 'rating', rating: Number(line) }
    : { kind: 'failed', reason: `its first line is not a whole number from 0 to 100: ${JSON.stringify(line)}` };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended by itself.
  }
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
