import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { receiveDisplay } from '../../../src/commands/seat-display.js';

let folder = '';
/** Of a pipe like that of the seat, which holds it open for both directions. */
let writer = 0;
let reader = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-display-'));
  const pipe = join(folder, 'display');
  await new Promise((resolve) => spawn('mkfifo', [pipe]).once('close', resolve));
  writer = openSync(pipe, 'r+');
  reader = openSync(pipe, 'r');
});
afterEach(() => rmSync(folder, { recursive: true }));

const fromSeat = (): NodeJS.ProcessEnv => ({ LDM_SEAT_DISPLAY_FD: String(reader) });

it('is not awaited where ldm was not started beside X', () => {
  const environment = { DISPLAY: ':1' };
  expect(receiveDisplay(environment)).toBeUndefined();
  expect(environment).toEqual({ DISPLAY: ':1' });
  for (const fd of [writer, reader]) closeSync(fd);
});

it('comes through the pipe, and is in the environment from then on', () => {
  const environment = fromSeat();
  writeSync(writer, ':');
  spawn('sh', ['-c', `sleep 0.3; echo 12 >${join(folder, 'display')}`]);
  expect(receiveDisplay(environment)).toBe(true);
  expect(environment).toEqual({ DISPLAY: ':12' });
  closeSync(writer);
});

it('does not come where the pipe ends', () => {
  const environment = fromSeat();
  spawn('sh', ['-c', `exec 3>${join(folder, 'display')}; sleep 0.3`]);
  closeSync(writer);
  expect(receiveDisplay(environment)).toBe(false);
  expect(environment).toEqual({});
});

it.each(['host:0\n', ':\n', ':1.0\n', ':1234567890', ':1\n:2\n'])('is nothing else: %j', (text) => {
  const environment = fromSeat();
  writeSync(writer, text);
  closeSync(writer);
  expect(receiveDisplay(environment)).toBe(false);
  expect(environment).toEqual({});
});

it.each(['', 'x', '-1', '99999'])('does not come from %j, which is no file descriptor', (fd) => {
  const environment: NodeJS.ProcessEnv = { LDM_SEAT_DISPLAY_FD: fd };
  expect(receiveDisplay(environment)).toBe(false);
  expect(environment).toEqual({});
  for (const one of [writer, reader]) closeSync(one);
});
