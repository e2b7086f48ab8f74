import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const bundle = (code: string, outfile: string): Promise<unknown> =>
  build({
    stdin: { contents: code, resolveDir: checkout, loader: 'ts' },
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs' },
  });

/** Adopts its greeter, and prints what it sees of it, a line each. */
const adopting = `
  import { adoptEarlyGreeter, takeEarlyGreeter, tellEarlyGreeter } from './src/commands/early-greeter.ts';
  import { tellFirst } from './src/commands/early-looks.ts';
  import { takeAnswer } from './src/greeter/processes/answer-pipe.ts';

  tellFirst([], process.env);
  const say = (...words: unknown[]): void => console.log(JSON.stringify(words));
  const adopt = (): void => {
    adoptEarlyGreeter(process.env);
    tellEarlyGreeter('the looks', undefined);
    const greeter = takeEarlyGreeter();
    say('adopted', greeter?.pid, process.env.LDM_EARLY_GREETER ?? null, process.env.NODE_CHANNEL_FD ?? null);
    greeter?.on('exit', (code, signal) => say('exit', code, signal, greeter.connected));
    greeter?.on('error', (error) => say('error', error.message, greeter.connected));
    greeter?.on('message', (message) => {
      say('message', message);
      if (message.typed) say('typed', takeAnswer(greeter, message.typed)?.reveal().toString());
      if (message.dieBy) say('killed', greeter.kill(message.dieBy));
      if (message.isWaiting) greeter.send({ go: true }, () => {});
    });
  };
  setTimeout(adopt, Number(process.env.ADOPT_AFTER));
  process.stdin.on('data', () => process.exit(0));
`;

let folder = '';
let ldm: ChildProcess | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-early-'));
  await bundle(adopting, join(folder, 'ldm.cjs'));
});
afterEach(() => ldm?.kill('SIGKILL'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param greeter the program that stands for the windows
 * @param adoptAfter ms that ldm does something else before
 * @returns the next line that ldm prints about it
 */
function startBeside(greeter: string, adoptAfter = 0): () => Promise<unknown> {
  writeFileSync(join(folder, 'greeter.cjs'), greeter);
  const words = ['-e', 'do shift or die $@', join(checkout, 'src/early.pl'), folder, process.execPath];
  const child = spawn('perl', [...words, join(folder, 'ldm.cjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ADOPT_AFTER: String(adoptAfter) },
  });
  ldm = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done ? 'the end' : JSON.parse(value);
  };
}
const send = (message: string): string => `process.send(${message});`;

it('is the greeter of the windows: messages, the looks, typed text, and no trace in the environment', async () => {
  const next = startBeside(`
    const fs = require('node:fs');
    const looks = Buffer.alloc(100);
    const length = fs.readSync(4, looks, 0, 100, null);
    process.on('message', (message) => {
      fs.writeSync(4, 'secret');
      ${send('{ typed: 6, message }')}
    });
    process.on('disconnect', () => process.exit());
    ${send("{ isWaiting: true, looks: looks.toString('utf8', 0, length), argument: process.argv[2] }")}`);
  expect(await next()).toEqual(['adopted', expect.any(Number), null, null]);
  expect(await next()).toEqual([
    'message',
    { isWaiting: true, looks: expect.stringMatching(/^\{"theme":.*\}\n$/), argument: 'looks-follow' },
  ]);
  expect(await next()).toEqual(['message', { typed: 6, message: { go: true } }]);
  expect(await next()).toEqual(['typed', 'secret']);
});

it.each([
  ['an exit code', 'process.exitCode = 70; process.disconnect();', [70, null]],
  ['no failure', 'process.disconnect();', [0, null]],
  ['a crash', "process.kill(process.pid, 'SIGSEGV')", [null, 'SIGSEGV']],
  ['being killed by the kernel', "process.kill(process.pid, 'SIGKILL')", [null, 'SIGKILL']],
])('ends with %s, after its last message', async (_what, end, told) => {
  const next = startBeside(`process.send({ last: 'words' }, () => { ${end} });`);
  await next();
  expect(await next()).toEqual(['message', { last: 'words' }]);
  expect(await next()).toEqual(['exit', ...told, false]);
});

it('that has ended before ldm adopts it has ended for ldm too, with the reason', async () => {
  const next = startBeside(`process.send({ last: 'words' }, () => process.exit(70))`, 1_000);
  await next();
  expect(await next()).toEqual(['message', { last: 'words' }]);
  expect(await next()).toEqual(['exit', 70, null, false]);
});

it('can be killed', async () => {
  const next = startBeside(`process.on('SIGTERM', () => {}); ${send("{ dieBy: 'SIGTERM' }")} setInterval(() => {
    ${send("{ dieBy: 'SIGKILL' }")} }, 500);`);
  await next();
  expect([await next(), await next()]).toEqual([
    ['message', { dieBy: 'SIGTERM' }],
    ['killed', true],
  ]);
  expect([await next(), await next()]).toEqual([
    ['message', { dieBy: 'SIGKILL' }],
    ['killed', true],
  ]);
  expect(await next()).toEqual(['exit', null, 'SIGKILL', false]);
});

it('goes on without its parent, and nobody knows its end then', async () => {
  const next = startBeside(`process.kill(process.ppid, 'SIGKILL'); setTimeout(() => {
    process.send({ still: 'here' }, () => process.exit(3)); }, 200);`);
  await next();
  expect(await next()).toEqual(['message', { still: 'here' }]);
  expect(await next()).toEqual(['error', 'nobody knows how it ended', false]);
});

it('ends with ldm, and its parent too', async () => {
  const next = startBeside(`process.on('disconnect', () => process.exit()); ${send('{ parent: process.ppid }')}`);
  const [, pid] = (await next()) as [string, number];
  const [, { parent }] = (await next()) as [string, { parent: number }];
  const isThere = (one: number): boolean => {
    try {
      return process.kill(one, 0);
    } catch {
      return false;
    }
  };
  expect([pid, parent].map(isThere)).toEqual([true, true]);
  ldm?.kill('SIGKILL');
  await expect.poll(() => [pid, parent].map(isThere), { timeout: 10_000 }).toEqual([false, false]);
});

it('is not there where its pipes cannot be made, and ldm starts anyway', async () => {
  writeFileSync(join(folder, 'greeter.cjs'), 'process.send({})');
  // The numbers that the pipes need are taken.
  const words = ['-e', 'do shift or die $@', join(checkout, 'src/early.pl'), folder, process.execPath];
  const taken = ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'] as const;
  const child = spawn('perl', [...words, join(folder, 'ldm.cjs')], { stdio: [...taken] });
  ldm = child;
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  expect(JSON.parse(String(line))).toEqual(['adopted', null, null, null]);
});
