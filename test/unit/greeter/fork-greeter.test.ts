import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { hasSpoken } from '../../../src/greeter/processes/fork-greeter.js';

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

const start = (script: string): ChildProcess => {
  child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.on('error', () => {});
  return child;
};
const forever = 60_000;

it('keeps the messages of a window that has spoken, in their order, for who listens later', async () => {
  start(`process.on('message', (message) => process.send(message)); process.send('ready')`);
  await hasSpoken(child, forever);
  child.send('second');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const heard: unknown[] = [];
  child.on('message', (message) => heard.push(message));
  child.send('third');
  await expect.poll(() => heard).toEqual(['ready', 'second', 'third']);
});

it('waits no longer where the window has ended, or could not be started', async () => {
  start('process.exit(3)');
  await hasSpoken(child, forever);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(3);
  await hasSpoken(child, forever);
  child = spawn('/no/such/program', { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.on('error', () => {});
  await hasSpoken(child, forever);
});

it('waits no longer than it may', async () => {
  start('setInterval(() => {}, 1000)');
  await hasSpoken(child, 10);
  expect(child.exitCode).toBeNull();
});
