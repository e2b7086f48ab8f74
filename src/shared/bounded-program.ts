import { type ChildProcess, spawn } from 'node:child_process';

/** How a program that was run within bounds ended. */
export type ProgramEnd =
  | { readonly kind: 'done'; readonly output: string }
  /** `output`: the whole words that it had printed, where it did not fail by that. */
  | { readonly kind: 'failed'; readonly problem: string; readonly output?: string };

export interface ProgramBounds {
  readonly timeoutMs: number;
  readonly outputBytes: number;
  readonly signal?: AbortSignal;
}

/** In process groups of their own they would outlive this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const { pid } of running) killGroup(pid);
});

/**
 * Runs a program without a shell and takes its standard output, within bounds of time and size. When a bound is
 * passed the program is killed with all that it started (it leads a process group of its own).
 * @returns `failed` with a sentence for the log where it cannot be started, fails, or passes a bound
 */
export function runProgram(file: string, args: readonly string[], bounds: ProgramBounds): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    running.add(child);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: ProgramEnd): void => {
      clearTimeout(timer);
      running.delete(child);
      bounds.signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const printed = (): string => Buffer.concat(chunks).toString('utf8');
    const stop = (problem: string, more?: { readonly output: string }): void => {
      killGroup(child.pid);
      child.stdout.destroy();
      end({ kind: 'failed', problem, ...more });
    };
    const onAbort = (): void => stop('no longer wanted');
    const timer = setTimeout(
      () => stop(`no end within ${bounds.timeoutMs / 1000} s`, { output: printed().replace(/\S+$/, '') }),
      bounds.timeoutMs,
    );
    bounds.signal?.addEventListener('abort', onAbort);
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'failed', problem: `cannot be run (${error.code})` }),
    );
    child.stdout.on('error', () => stop('its output cannot be read'));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bounds.outputBytes) stop(`more than ${bounds.outputBytes} bytes of output`);
    });
    child.on('close', (code, signal) => {
      if (code === 0) end({ kind: 'done', output: printed() });
      else end({ kind: 'failed', problem: signal ? `ended by ${signal}` : `exit code ${code}`, output: printed() });
    });
    if (bounds.signal?.aborted) onAbort();
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
