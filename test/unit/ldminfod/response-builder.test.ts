import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../../src/ldminfod/log.js';
import { parseCommandLine } from '../../../src/ldminfod/options/command-line.js';
import { readOptions } from '../../../src/ldminfod/options/options.js';
import { createResponseBuilder, type ResponseBuilderDependencies } from '../../../src/ldminfod/response-builder.js';
import type { ServerInfo } from '../../../src/protocol/info-service.js';

let folder = '';
let time = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldminfod-response-'));
  time = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Asks a server whose sshd listens and has one connection. */
async function builder(args: readonly string[] = [], run?: ResponseBuilderDependencies['run']) {
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
    ...(run && { run }),
  });
  return { drainFile, ask: () => new Promise<ServerInfo>((resolve) => source(resolve)) };
}

it('rates by the built-in formula', async () => {
  const { ask } = await builder();
  expect(await ask()).toMatchObject({ rating: 90, running: 1, capacity: 10, sshDown: false, draining: false });
});

it('gives one answer to all clients of the same millisecond', async () => {
  const { ask } = await builder(['--fixed-rating', '33']);
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

it('tells the rating command the built-in rating and what it is made of, and takes its rating', async () => {
  const runs: unknown[] = [];
  const { ask } = await builder(['--rating-command', 'rate', '--rating-timeout', '2'], async (...run) => {
    runs.push(run);
    return { kind: 'rating', rating: 7 };
  });
  expect((await ask()).rating).toBe(7);
  const variables = {
    LDMINFOD_RATING: '90',
    LDMINFOD_SESSIONS: '1',
    LDMINFOD_PENDING: '0',
    LDMINFOD_CAPACITY: '10',
  };
  expect(runs).toEqual([['rate', variables, 2_000]]);
});

it('tells the rating command how many logins are pending', async () => {
  const told: unknown[] = [];
  mkdirSync(join(folder, '77'));
  writeFileSync(join(folder, '77/cmdline'), 'sshd: sshd [listener] 1 of 10-100 startups');
  const { ask } = await builder(['--rating-command', 'rate'], async (_command, variables) => {
    told.push(variables);
    return { kind: 'rating', rating: 7 };
  });
  await ask();
  expect(told).toMatchObject([{ LDMINFOD_SESSIONS: '0', LDMINFOD_PENDING: '1' }]);
});

it('rates by the built-in formula while the command fails', async () => {
  const { ask } = await builder(['--rating-command', 'rate'], async () => ({ kind: 'failed', reason: 'x' }));
  expect((await ask()).rating).toBe(90);
});

it('takes the rating of the command, which knows the built-in one', async () => {
  const { ask } = await builder([
    '--rating-command',
    'echo $((LDMINFOD_RATING - LDMINFOD_CAPACITY - LDMINFOD_SESSIONS))',
  ]);
  expect((await ask()).rating).toBe(79);
});

it('drains with the reason in the drain file, whatever the rating is', async () => {
  const { ask, drainFile } = await builder(['--fixed-rating', '33']);
  writeFileSync(drainFile, 'new disk\n');
  expect(await ask()).toMatchObject({ rating: 0, draining: true, notice: 'new disk' });
});
