import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from '../test/cluster/support/host.js';
import type { Task, TaskResult } from './task.js';

/** The worker on one host. */
export interface Worker {
  /** @throws if the measurement fails */
  measure(task: Task): Promise<Extract<TaskResult, { kind: 'measured' }>>;
  /** The result, also a failure. */
  ask(task: Task): Promise<TaskResult>;
  stop(): void;
}

/** @param env the environment of all its tasks */
export function startWorker(host: Host, env: Readonly<Record<string, string>>): Worker {
  const [entering = '', ...enter] = host.enter;
  // Built beside this program.
  const program = join(dirname(process.argv[1] ?? ''), 'worker.mjs');
  // GTK programs need a session bus.
  const child = spawn(entering, [...enter, 'dbus-run-session', '--', process.execPath, ...process.execArgv, program], {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', GSETTINGS_BACKEND: 'memory', ...env },
    stdio: ['pipe', 'pipe', process.env.BENCH_DEBUG ? 'inherit' : 'ignore'],
  });
  const waiting = new Map<number, (answer: TaskResult) => void>();
  let last = 0;
  child.stdin.on('error', () => {});
  child.once('close', () => {
    for (const resolve of waiting.values()) resolve({ kind: 'failed', problem: 'the worker has ended', ms: 0 });
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Programs that the bus starts write there too.
    if (!line.startsWith('{')) return;
    const { id, answer } = JSON.parse(line) as { id: number; answer: TaskResult };
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = (task: Task): Promise<TaskResult> => {
    last += 1;
    const id = last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ id, task })}\n`);
    });
  };
  return {
    ask,
    async measure(task) {
      const answer = await ask(task);
      if (answer.kind === 'failed') throw new Error(`${task.do}: ${answer.problem}`);
      return answer;
    },
    stop: () => child.stdin.end(),
  };
}
