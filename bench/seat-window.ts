import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { openX11 } from '../src/session/x11/client.js';
import { parseDisplay } from '../src/session/x11/display-name.js';
import { pause } from './measure.js';
import type { SeatTask, TaskResult } from './task.js';

const patienceMs = 20_000;
/** The first free display, of a host that has no other. */
const displayName = ':0';
const socketFile = '/tmp/.X11-unix/X0';

/**
 * Measures the start of an X server and a login screen on it. The window counts when the X server tells that it is mapped.
 * `seat`: from the start of the seat; with `untilNext`, from the end of its program to the window of the next run.
 * `in-turn`: a program with a window is started when X has told its number; with `untilNext`, from their end to the next one.
 */
export async function seatWindow(task: SeatTask): Promise<TaskResult> {
  await displayIsFree();
  return task.way === 'seat' ? seat(task) : inTurn(task);
}

async function seat({ command, env, programPid, untilNext }: SeatTask): Promise<TaskResult> {
  const began = performance.now();
  let child = startGroup(command, env);
  try {
    const first = await windowOrEnd(child);
    if (first === undefined) return failed(child);
    if (!untilNext) return { kind: 'measured', ms: first - began, text: '' };
    // The session's first second is over, so that the seat does not take it for a failure.
    await pause(1_500);
    const ended = performance.now();
    const isOver = end(child);
    process.kill(Number(readFileSync(programPid, 'utf8')), 'SIGUSR1');
    await isOver;
    const over = performance.now();
    child = startGroup(command, env);
    const next = await windowOrEnd(child);
    if (next === undefined) return failed(child);
    return { kind: 'measured', ms: next - ended, text: `${Math.round(over - ended)}` };
  } finally {
    child.kill('SIGTERM');
    await end(child);
  }
}

async function inTurn({ x, command, env, untilNext }: SeatTask): Promise<TaskResult> {
  const [program = '', ...args] = x;
  const began = performance.now();
  const run = await xThenWindow();
  const first = await run.mapped;
  if (first === undefined || !untilNext) {
    await run.end();
    return first === undefined ? failed(run.child) : { kind: 'measured', ms: first - began, text: '' };
  }
  const ended = performance.now();
  await run.end();
  await displayIsFree();
  const next = await xThenWindow();
  const shown = await next.mapped;
  await next.end();
  return shown === undefined ? failed(next.child) : { kind: 'measured', ms: shown - ended, text: '' };

  async function xThenWindow() {
    const server = spawn(program, [...args, '-displayfd', '3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const shown = windowOrEnd(server);
    await new Promise((resolve) => (server.stdio[3] as Readable).once('data', resolve));
    const child = startGroup(command, { ...env, DISPLAY: displayName });
    const finish = async (): Promise<void> => {
      for (const one of [child, server]) {
        one.kill('SIGTERM');
        await end(one);
      }
    };
    return { child, mapped: shown, end: finish };
  }
}

/** The time at which a window is mapped; undefined where the program ends before, or none comes. */
async function windowOrEnd(child: ChildProcess): Promise<number | undefined> {
  let over = false;
  const result = await Promise.race([mapped(() => over), end(child).then(() => undefined), pause(patienceMs)]);
  over = true;
  return result ?? undefined;
}

/** Connects as soon as the server answers: before any window could come. */
async function mapped(over: () => boolean): Promise<number | undefined> {
  const display = parseDisplay(displayName);
  if (display === undefined) return undefined;
  while (!over()) {
    const client = existsSync(socketFile) && (await openX11(display, undefined, () => {}).catch(() => false as const));
    if (client === false) {
      await pause(2);
      continue;
    }
    return new Promise((resolve) => {
      client.watchRoot((event) => {
        if (event.kind !== 'mapped') return;
        resolve(performance.now());
        client.close();
      });
    });
  }
  return undefined;
}

async function displayIsFree(): Promise<void> {
  for (let waited = 0; existsSync(socketFile) && waited < 5_000; waited += 20) await pause(20);
  rmSync(socketFile, { force: true });
  rmSync('/tmp/.X0-lock', { force: true });
}

function startGroup([program = '', ...args]: readonly string[], env: SeatTask['env']): ChildProcess {
  return spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function failed(child: ChildProcess): TaskResult {
  return { kind: 'failed', problem: `no window; code ${child.exitCode}`, ms: 0 };
}
