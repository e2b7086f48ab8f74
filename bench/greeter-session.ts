import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { pause } from './measure.js';
import { watchPanel } from './panel-watch.js';
import { memoryOf, watchScreen } from './started-window.js';
import type { GreeterSessionTask, TaskResult } from './task.js';

const run = promisify(execFile);
const patienceMs = 60_000;

/** Logs in with the keyboard. Measures from Enter after the password to the first window or the panel. */
export async function greeterSession(task: GreeterSessionTask): Promise<TaskResult> {
  const { command, user, password, env: more, untilPanel } = task;
  const env = { ...process.env, ...more };
  const [program = '', ...args] = command;
  const login = await watchScreen(env);
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    if ((await Promise.race([login.mapped, ended, pause(patienceMs)])) === undefined) throw new Error('no greeter');
    login.end();
    // The questions appear right after the window.
    await pause(untilPanel ? 1_500 : 600);
    await run('xdotool', ['type', '--delay', '10', user], { env });
    await run('xdotool', ['key', 'Return'], { env });
    await pause(500);
    await run('xdotool', ['type', '--delay', '10', password], { env });
    const session = await (untilPanel ? watchPanel(env) : watchScreen(env));
    const began = performance.now();
    await run('xdotool', ['key', 'Return'], { env });
    const shown = await Promise.race([session.mapped, ended, pause(patienceMs)]);
    session.end();
    if (shown === undefined) return { kind: 'failed', problem: 'no session', ms: 0 };
    if (untilPanel) return { kind: 'measured', ms: shown - began, text: '' };
    await pause(4_000);
    return { kind: 'measured', ms: shown - began, text: '', megabytes: memoryOf(child.pid ?? 0) };
  } finally {
    login.end();
    try {
      process.kill(-(child.pid ?? 0), 'SIGTERM');
    } catch {
      // The group has already ended.
    }
    await ended;
  }
}
