import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from './measure.js';
import { watchPanel } from './panel-watch.js';
import { timeOfProcess } from './processor-time.js';
import type { TaskResult, WindowTask } from './task.js';

const patienceMs = 60_000;

/** Starts a program, and waits for the first new window on the screen, or for a panel. */
export async function startedWindow(task: WindowTask): Promise<TaskResult> {
  const env = { ...process.env, ...task.env };
  const watch = await (task.untilPanel ? watchPanel(env) : watchScreen(env));
  const [program = '', ...args] = task.command;
  const talks = task.pipes === 'lightdm';
  let began = performance.now();
  const child = spawn(program, args, {
    env: talks ? { ...env, LIGHTDM_TO_SERVER_FD: '3', LIGHTDM_FROM_SERVER_FD: '4' } : env,
    stdio: [task.input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => {});
  if (task.inputAfterMs !== undefined) {
    await pause(task.inputAfterMs);
    began = performance.now();
  }
  child.stdin?.end(task.input);
  let problem = '';
  child.stderr?.on('data', (data: Buffer) => {
    problem = (problem + data.toString()).slice(-500);
  });
  if (talks) greetAsLightdm(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const shown = await Promise.race([watch.mapped, ended, pause(patienceMs)]);
    if (shown === undefined) return { kind: 'failed', problem: `no window: ${problem}`, ms: 0 };
    const ms = shown - began;
    if (task.untilPanel) return { kind: 'measured', ms, text: '', processorMs: timeOfProcess(child.pid ?? 0) };
    if (task.memoryAfterMs === undefined) return { kind: 'measured', ms, text: '' };
    await pause(task.memoryAfterMs);
    return { kind: 'measured', ms, text: '', megabytes: memoryOf(child.pid ?? 0) };
  } finally {
    watch.end();
    end(child);
    await ended;
  }
}

/** Waits for a new window, with xev, which reports every window that is mapped below the root. */
export async function watchScreen(env: NodeJS.ProcessEnv): Promise<{ mapped: Promise<number>; end: () => void }> {
  const xev = spawn('stdbuf', ['-oL', 'xev', '-root', '-event', 'substructure'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const mapped = new Promise<number>((resolve) => {
    xev.stdout.on('data', (data: Buffer) => {
      if (data.includes('MapNotify')) resolve(performance.now());
    });
  });
  // xev does not report when it is ready.
  await pause(300);
  return { mapped, end: () => xev.kill() };
}

/** Sends the only message that greeters of LightDM wait for: CONNECTED with a version (lightdm, common/messages.h). */
function greetAsLightdm(child: ChildProcess): void {
  const version = Buffer.from('1.26.0');
  const message = Buffer.alloc(12 + version.length);
  message.writeUInt32BE(0, 0);
  message.writeUInt32BE(4 + version.length, 4);
  message.writeUInt32BE(version.length, 8);
  version.copy(message, 12);
  const pipe = child.stdio[4];
  if (pipe && 'write' in pipe) pipe.write(message);
  child.stdio[3]?.on('data', () => {});
}

/**
 * The memory of a process and its descendants, in MB, as if nothing else ran on the machine: the private memory of each,
 * and shared memory once. (PSS would be lower if other programs use the same libraries.)
 */
export function memoryOf(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (one: number): boolean => one === pid || (one > 1 && isBelow(parents.get(one) ?? 0));
  let own = 0;
  /** By file: the maximum that one of the processes has mapped, in kB. */
  const shared = new Map<string, number>();
  for (const one of [...parents.keys()].filter(isBelow)) {
    const files = new Map<string, number>();
    let file = '';
    for (const line of read(`/proc/${one}/smaps`).split('\n')) {
      // proc(5): address, permissions, offset, device, inode, path
      const head = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line);
      if (head) file = head[1] || 'anonymous';
      const [, kind, kilobytes] = /^(Shared|Private)_(?:Clean|Dirty): +(\d+) kB$/.exec(line) ?? [];
      if (kind === 'Private') own += Number(kilobytes);
      else if (kind === 'Shared') files.set(file, (files.get(file) ?? 0) + Number(kilobytes));
    }
    for (const [name, kilobytes] of files) shared.set(name, Math.max(shared.get(name) ?? 0, kilobytes));
  }
  return [...shared.values()].reduce((sum, kilobytes) => sum + kilobytes, own) / 1_024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function end(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  } catch {
    // The group has already ended.
  }
}
