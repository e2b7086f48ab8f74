import { spawn } from 'node:child_process';

/** How a hook ended. `words` is what it wrote on standard error, `output` on standard output, each cut to its bound. */
export interface HookEnd {
  /** Undefined where it ended with exit code 0. */
  readonly problem: HookProblem | undefined;
  readonly words: string;
  readonly output: string;
}

/** `refused`: it ended with another exit code; the others are no word of the hook's. */
export type HookProblem =
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'killed'; readonly detail: string }
  | { readonly kind: 'not-run'; readonly detail: string };

export interface HookRun {
  /** All of it; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxStderrBytes = 4_000;
const maxOutputBytes = 65_536;
/** ms for the last of its output; a program that it left running may hold the pipes for ever. */
const lastOutputMs = 50;

/**
 * Runs a hook: a program, started without a shell and without arguments, in a process group of its own, reading
 * nothing. It has ended when it itself has; what it left running goes on. One that takes too long is killed with all
 * that it started.
 */
export function runHook(path: string, { environment, timeoutMs, signal }: HookRun): Promise<HookEnd> {
  return new Promise((resolve) => {
    const child = spawn(path, [], { cwd: '/', env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output = new Kept(maxOutputBytes);
    const words = new Kept(maxStderrBytes);
    child.stdout.on('data', (chunk: Buffer) => output.add(chunk)).on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => words.add(chunk)).on('error', () => {});
    let killed: string | undefined;
    const kill = (detail: string): void => {
      killed ??= detail;
      killGroup(child.pid);
    };
    const onAbort = (): void => kill('no longer wanted');
    const timer = setTimeout(() => kill(`no end within ${timeoutMs / 1000} s`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    const end = (problem: HookProblem | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ problem, words: words.text, output: output.text });
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'not-run', detail: `cannot be run (${error.code})` }),
    );
    child.once('exit', (code, endedBy) => {
      const problem = problemOf(code, killed ?? `ended by ${endedBy}`);
      const wait = setTimeout(end, lastOutputMs, problem);
      child.once('close', () => {
        clearTimeout(wait);
        end(problem);
      });
    });
    if (signal.aborted) onAbort();
  });
}

function problemOf(code: number | null, killed: string): HookProblem | undefined {
  if (code === 0) return undefined;
  return code === null ? { kind: 'killed', detail: killed } : { kind: 'refused', code };
}

/** The first of what is written, up to a bound in bytes. */
class Kept {
  private readonly chunks: Buffer[] = [];
  private room: number;

  constructor(maxBytes: number) {
    this.room = maxBytes;
  }

  add(chunk: Buffer): void {
    if (this.room === 0) return;
    this.chunks.push(chunk.subarray(0, this.room));
    this.room -= Math.min(this.room, chunk.length);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
