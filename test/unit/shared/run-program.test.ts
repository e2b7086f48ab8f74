import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProgramRun, runProgram } from '../../../src/shared/programs/run-program.js';
import { isRunning } from '../support/is-running.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-run-program-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const all = { maxBytes: 1_000, part: 'all' } as const;
const run = (script: string, options: Partial<ProgramRun> = {}) =>
  runProgram('/bin/sh', ['-c', script], { children: 'bound', stdout: all, stderr: all, ...options });
const pidIn = (file: string): number => Number(readFileSync(join(folder, file), 'utf8'));

describe('a program that is run to its end', () => {
  it('gives exit code and both outputs, and reads nothing', async () => {
    expect(await run('cat; echo out; echo err >&2')).toEqual({
      kind: 'exited',
      code: 0,
      problem: undefined,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('has a problem when it ends with another code or by a signal', async () => {
    expect(await run('echo half; exit 3')).toMatchObject({ kind: 'exited', code: 3, problem: 'exit code 3' });
    expect(await run('kill -SEGV $$')).toMatchObject({ kind: 'killed', problem: 'ended by SIGSEGV' });
  });

  it.each([
    ['is not there', '/no/such/program', [], 'ENOENT'],
    ['is a directory', '/usr', [], 'EACCES'],
    ['has an argument that is too long', '/bin/true', ['x'.repeat(3_000_000)], 'E2BIG'],
  ])('has not started when it %s', async (_why, file, args, code) => {
    expect(await runProgram(file, args, { children: 'free' })).toMatchObject({
      kind: 'not-started',
      code,
      problem: `cannot be run (${code})`,
    });
  });

  it('gets the environment and the directory that it is given, and nothing else', async () => {
    const { stdout } = await run('echo "$ONLY $HOME $PWD"', { environment: { ONLY: 'this' }, directory: '/usr' });
    expect(stdout).toBe('this  /usr\n');
  });

  it('is killed with everything it started when it takes too long', async () => {
    const end = await run(`sleep 60 & echo $! >${folder}/child; echo $$ >${folder}/own; wait`, { timeoutMs: 500 });
    expect(end).toMatchObject({ kind: 'killed', problem: 'no end within 0.5 s' });
    for (const file of ['own', 'child']) await expect.poll(() => isRunning(pidIn(file))).toBe(false);
  });

  it('is killed when it is no longer wanted, before or after its start', async () => {
    expect(await run('sleep 60', { signal: AbortSignal.abort() })).toMatchObject({ problem: 'no longer wanted' });
    expect(await run('echo a; sleep 60', { signal: AbortSignal.timeout(300) })).toMatchObject({
      kind: 'killed',
      problem: 'no longer wanted',
      stdout: 'a\n',
    });
  });
});

describe('the output of a program', () => {
  it('is an error when all of it is wanted and it is too long', async () => {
    const end = await run('yes', { timeoutMs: 20_000 });
    expect(end).toMatchObject({ kind: 'killed', problem: 'more than 1000 bytes of output', stdout: '' });
  });

  it('may have exactly the length that is allowed', async () => {
    expect((await run('printf 12345', { stdout: { maxBytes: 5, part: 'all' } })).stdout).toBe('12345');
  });

  it('is cut at its end or at its beginning, and the program goes on', async () => {
    const script = 'for i in 1 2 3 4; do echo $i; sleep 0.02; done';
    expect(await run(script, { stdout: { maxBytes: 3, part: 'first' } })).toMatchObject({ code: 0, stdout: '1\n2' });
    expect(await run(script, { stdout: { maxBytes: 4, part: 'last' } })).toMatchObject({ code: 0, stdout: '3\n4\n' });
  });
});

describe('what a program leaves running', () => {
  const script = (): string => `sleep 60 & echo $! >${folder}/child`;

  it('is killed at the end of a bound run', async () => {
    await run(`(sleep 60 >/dev/null 2>&1) & echo $! >${folder}/child`);
    await expect.poll(() => isRunning(pidIn('child'))).toBe(false);
  });

  it('goes on after a free run, which does not wait for it', async () => {
    const began = performance.now();
    expect(await run(`${script()}; echo done`, { children: 'free' })).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(isRunning(pidIn('child'))).toBe(true);
    process.kill(pidIn('child'));
  });
});
