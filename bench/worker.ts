/**
 * Runs on the client of the cluster and measures there, so that entering its namespaces is not part of the time. Takes one
 * task per line on standard input and answers each with one line.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Context, createContext, loginDependencies } from '../src/commands/common/context.js';
import { logIn } from '../src/login/login.js';
import { prepareKeyExchanges } from '../src/session/ssh2/hybrid-kex.js';
import { readDisplay } from '../src/session/x11/display.js';
import { forwardX11 } from '../src/session/x11/forwarding.js';
import { Secret } from '../src/shared/secret.js';
import { askInTurn } from './ask-in-turn.js';
import { greeterSession } from './greeter-session.js';
import { seatWindow } from './seat-window.js';
import { startedWindow, watchScreen } from './started-window.js';
import type { LoginTask, RunTask, SurveyTask, Task, TaskResult } from './task.js';

/** A login like that of the greeter, from Enter to the first output of its command. */
async function measureLogin(task: LoginTask): Promise<TaskResult> {
  Object.assign(process.env, task.env);
  // Each login is that of a new client, without remembered failures and answers.
  const stateDir = mkdtempSync(join(tmpdir(), 'bench-state-'));
  const context: Context = createContext(undefined);
  const display = task.untilWindow && (await readDisplay(process.env));
  const x11 = display && (() => forwardX11({ ...display, log: context.log }));
  const dependencies = loginDependencies({ ...context, settings: { ...context.settings, stateDir } }, x11 || undefined);
  const screen = task.untilWindow && (await watchScreen(process.env));
  const password = new Secret(task.password);
  try {
    if (task.servers === 'asked-before') await (await context.monitor.askAll()).complete;
    // The greeter does this while the user types.
    prepareKeyExchanges();
    const began = performance.now();
    const outcome = await logIn(
      { user: task.user, password, choice: { mode: 'automatic' }, command: { line: task.command, input: undefined } },
      dependencies,
      { tell: () => {}, ask: () => Promise.reject(new Error('asked for more')), mayGoOn: async () => true },
      new AbortController().signal,
    );
    if (outcome.kind !== 'started') {
      return { kind: 'failed', problem: JSON.stringify(outcome), ms: performance.now() - began };
    }
    const { session } = outcome;
    const shown = await screen?.mapped;
    if (shown !== undefined) {
      session.close();
      return { kind: 'measured', ms: shown - began, text: outcome.server };
    }
    const ms = await new Promise<number>((resolve) => {
      session.channel.once('data', () => resolve(performance.now() - began));
      session.channel.once('close', () => resolve(performance.now() - began));
    });
    session.close();
    return { kind: 'measured', ms, text: outcome.server };
  } finally {
    screen?.end();
    password.wipe();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** A program, from its start to its first output. */
function measureRun({ command, env, input }: RunTask): Promise<TaskResult> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let ms: number | undefined;
    let text = '';
    let problem = '';
    const child = spawn(program, args, { env: { ...process.env, ...env } });
    child.stdout.on('data', (data: Buffer) => {
      ms ??= performance.now() - began;
      text += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      problem += data.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => {
      if (ms === undefined) resolve({ kind: 'failed', problem: `code ${code}: ${problem}`, ms: 0 });
      else resolve({ kind: 'measured', ms, text });
    });
  });
}

/** From the questions to the complete table, with all servers asked at once. */
async function measureSurvey({ servers, env }: SurveyTask): Promise<TaskResult> {
  Object.assign(process.env, env, { LDM_SERVER: servers.join(' ') });
  const { monitor } = createContext(undefined);
  const began = performance.now();
  await (await monitor.askAll()).complete;
  const ms = performance.now() - began;
  const up = monitor.statuses().filter(({ state }) => state === 'up').length;
  return { kind: 'measured', ms, text: String(up) };
}

function carryOut(task: Task): Promise<TaskResult> {
  switch (task.do) {
    case 'log-in':
      return measureLogin(task);
    case 'run':
      return measureRun(task);
    case 'start-window':
      return startedWindow(task);
    case 'greeter-session':
      return greeterSession(task);
    case 'seat-window':
      return seatWindow(task);
    case 'survey':
      return measureSurvey(task);
    case 'ask-in-turn':
      return askInTurn(task);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, task } = JSON.parse(line) as { id: number; task: Task };
  const answer = (what: TaskResult): boolean => process.stdout.write(`${JSON.stringify({ id, answer: what })}\n`);
  carryOut(task).then(answer, (error: unknown) => answer({ kind: 'failed', problem: String(error), ms: 0 }));
});
process.stdin.once('end', () => process.exit());
