import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { type Capture, CapturedOutput } from './captured-output.js';
import { signalGroup } from './process-group.js';

export interface ProgramRun {
  /**
   * What the program starts itself.
   * - `bound`: the run is over when the output has ended; what is still running then is killed, and all of it is
   *   killed when this process ends.
   * - `free`: the run is over when the program itself has ended; what it left running goes on, and the program goes on
   *   when this process ends.
   */
  readonly children: 'bound' | 'free';
  /** Without it the output is discarded. */
  readonly stdout?: Capture;
  readonly stderr?: Capture | 'inherit';
  /** Without it the program may take as long as it likes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The whole environment; without it, the one of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Working directory. */
  readonly directory?: string;
}

/** How a program ended. `problem` is a phrase for a log or a message, undefined for exit code 0. */
type Outcome =
  | { readonly kind: 'exited'; readonly code: number; readonly problem: string | undefined }
  /** By a signal: another process sent it, or a bound was passed. */
  | { readonly kind: 'killed'; readonly problem: string }
  | { readonly kind: 'not-started'; readonly code: string | undefined; readonly problem: string };

export type ProgramEnd = Outcome & { readonly stdout: string; readonly stderr: string };

/** ms for the last of the output of a program that has exited; a program that it left running may hold the pipes. */
const lastOutputMs = 50;

/** Bound programs lead process groups of their own, so they would outlive this process. */
const bound = new Set<ChildProcess>();
process.on('exit', () => {
  for (const { pid } of bound) signalGroup(pid, 'SIGKILL');
});

/**
 * Runs a program to its end, without a shell and without input, in a process group of its own. When it takes too long,
 * writes too much, or is no longer wanted, the whole group is killed. Never rejects.
 */
export function runProgram(file: string, args: readonly string[], run: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const stdout = new CapturedOutput(run.stdout);
    const stderr = new CapturedOutput(run.stderr === 'inherit' ? undefined : run.stderr);
    const child = start(file, args, run);
    if (child instanceof Error) {
      resolve({ ...notStarted(child), stdout: '', stderr: '' });
      return;
    }
    if (run.children === 'bound') bound.add(child);
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    let outputTimer: NodeJS.Timeout | undefined;
    const finish = (outcome: Outcome): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      clearTimeout(outputTimer);
      run.signal?.removeEventListener('abort', onAbort);
      bound.delete(child);
      if (run.children === 'bound') signalGroup(child.pid, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ ...outcome, stdout: stdout.text, stderr: stderr.text });
    };
    const kill = (problem: string): void => {
      if (!isOver) signalGroup(child.pid, 'SIGKILL');
      finish({ kind: 'killed', problem });
    };
    const onAbort = (): void => kill('no longer wanted');
    const onOverflow = (maxBytes: number): void => kill(`more than ${maxBytes} bytes of output`);

    stdout.listenTo(child.stdout, onOverflow);
    stderr.listenTo(child.stderr, onOverflow);
    child.once('error', (error) => finish(notStarted(error)));
    child.once('close', (code, signal) => finish(ended(code, signal)));
    if (run.children === 'free') {
      child.once('exit', (code, signal) => {
        outputTimer = setTimeout(() => finish(ended(code, signal)), lastOutputMs);
      });
    }
    const { timeoutMs } = run;
    if (timeoutMs !== undefined) timer = setTimeout(() => kill(`no end within ${timeoutMs / 1000} s`), timeoutMs);
    run.signal?.addEventListener('abort', onAbort);
    if (run.signal?.aborted) onAbort();
  });
}

function start(file: string, args: readonly string[], run: ProgramRun): ChildProcess | Error {
  const output = (capture: Capture | 'inherit' | undefined): 'ignore' | 'inherit' | 'pipe' => {
    if (capture === undefined || capture === 'inherit') return capture ?? 'ignore';
    return 'pipe';
  };
  const stdio: StdioOptions = ['ignore', output(run.stdout), output(run.stderr)];
  try {
    return spawn(file, args, { stdio, detached: true, env: run.environment ?? process.env, cwd: run.directory });
  } catch (error) {
    // Node throws for some errors (E2BIG, ENOMEM) and emits others.
    return error instanceof Error ? error : new Error(String(error));
  }
}

function ended(code: number | null, signal: string | null): Outcome {
  if (code === null) return { kind: 'killed', problem: `ended by ${signal}` };
  return { kind: 'exited', code, problem: code === 0 ? undefined : `exit code ${code}` };
}

function notStarted(error: NodeJS.ErrnoException): Outcome {
  return { kind: 'not-started', code: error.code, problem: `cannot be run (${error.code ?? error.message})` };
}
