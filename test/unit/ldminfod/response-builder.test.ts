import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../../src/ldminfod/log.js';
import { parseCommandLine } from '../../../src/ldminfod/options/command-line.js';
import { readOptions } from '../../../src/ldminfod/options/options.js';
import { commandVariables, createResponseBuilder } from '../../../src/ldminfod/response-builder.js';
import type { ServerInfo } from '../../../src/protocol/info-service.js';

let folder = '';
let time = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-response-'));
  time = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Asks a server whose sshd listens and has one connection. */
async function builder(...args: readonly string[]) {
  const net = join(folder, 'net');
  mkdirSync(net);
  const row = (state: string, index: number): string =>
    `   ${index}: 00000000:0016 0100007F:939A ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n`;
  writeFileSync(join(net, 'tcp'), `header\n${row('0A', 0)}${row('01', 1)}`);
  const drainFile = join(folder, 'draining');
  const own = ['--drain-file', drainFile, '--xsessions', folder, '--capacity', '10', ...args];
  const source = await createResponseBuilder(readOptions(parseCommandLine(own).given), {
    procRoot: folder,
    environment: { LANG: 'C.UTF-8' },
    now: () => time,
    log: createLog(() => {}, Date.now),
  });
  return { drainFile, ask: () => new Promise<ServerInfo>((resolve) => source(resolve)) };
}

it('rates by the built-in formula', async () => {
  const { ask } = await builder();
  expect(await ask()).toMatchObject({ rating: 90, running: 1, capacity: 10, sshDown: false, draining: false });
});

it('gives one answer to all clients of the same millisecond', async () => {
  const { ask } = await builder('--fixed-rating', '33');
  const first = await ask();
  expect(first.rating).toBe(33);
  expect(await ask()).toBe(first);
  time = 1;
  expect(await ask()).not.toBe(first);
});

it('gives one answer to all clients of the same millisecond, at any time of the clock', async () => {
  const { ask } = await builder();
  time = 5_000;
  const first = await ask();
  time = 5_000.5;
  expect(await ask()).toBe(first);
  time = 5_001;
  expect(await ask()).not.toBe(first);
});

it('tells the rating command the built-in rating and what it is made of', () => {
  expect(commandVariables({ rating: 90, running: 5, pending: 2, capacity: 60 })).toEqual({
    LDMINFOD_RATING: '90',
    LDMINFOD_SESSIONS: '5',
    LDMINFOD_PENDING: '2',
    LDMINFOD_CAPACITY: '60',
  });
  expect(commandVariables({ rating: 0, running: 5, pending: null, capacity: 60 })).toMatchObject({
    LDMINFOD_PENDING: '0',
  });
});

it('takes the rating of the command, which knows the built-in one', async () => {
  const { ask } = await builder(
    '--rating-command',
    'echo $((LDMINFOD_RATING - LDMINFOD_CAPACITY - LDMINFOD_SESSIONS))',
  );
  expect((await ask()).rating).toBe(79);
});

it('falls back to the built-in rating if the command fails', async () => {
  const { ask } = await builder('--rating-command', 'exit 1');
  expect((await ask()).rating).toBe(90);
});

it('drains with the reason in the drain file, whatever the rating is', async () => {
  const { ask, drainFile } = await builder('--fixed-rating', '33');
  writeFileSync(drainFile, 'new disk\n');
  expect(await ask()).toMatchObject({ rating: 0, draining: true, notice: 'new disk' });
});
