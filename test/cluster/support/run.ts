import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Outcome {
  /** Its exit code; 128 + the signal's number where a signal ended it, as shells count. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** From its start to its end. */
  readonly ms: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from standard input; without it, nothing. */
  readonly input?: string;
  /** It is killed, with all that it started, when it takes longer. */
  readonly timeoutMs?: number;
}

/** A program that runs. */
export interface Running {
  readonly done: Promise<Outcome>;
  /** What it has written to standard output so far. */
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Starts a program in a process group of its own, without a terminal. */
export function start(command: readonly string[], options: RunOptions = {}): Running {
  const [program = '', ...args] = command;
  const began = performance.now();
  const child = spawn(program, args, {
    detached: true,
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {
    // It ended without reading its input.
  });
  child.stdin.end(options.input ?? '');
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  const timer = setTimeout(() => signal('SIGKILL'), options.timeoutMs ?? 60_000);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, ended) => {
      clearTimeout(timer);
      resolve({
        code: code ?? 128 + (signalNumbers[ended ?? ''] ?? 0),
        stdout,
        stderr,
        ms: performance.now() - began,
      });
    });
  });
  return { done, stdout: () => stdout, stderr: () => stderr, signal };
}

/** Runs a program to its end. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return start(command, options).done;
}

/** Waits until something holds, looking every 10 ms. @throws when it does not hold in time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms without success for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
