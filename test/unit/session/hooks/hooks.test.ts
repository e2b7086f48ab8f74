import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseHooks } from '../../../../src/session/hooks/files.js';
import { createHooks, hookEnvironment, readAssignments } from '../../../../src/session/hooks/hooks.js';
import { createLog } from '../../../../src/shared/log/log.js';

describe('the hooks of a phase', () => {
  const names = (phase: 'P' | 'S', ...listings: string[][]) =>
    chooseHooks(
      phase,
      listings.map((list, at) => ({ folder: `/${at}`, names: list })),
    ).map(({ path }) => path);

  it('run by name, whatever folder they are in', () => {
    expect(names('S', ['S20-b', 'S99', 'P10'], ['S10-c', 'S30'])).toEqual(
      ['/0/S20-b', '/0/S99', '/1/S10-c', '/1/S30'].sort((a, b) => (a.slice(3) < b.slice(3) ? -1 : 1)),
    );
  });

  it('of an earlier folder take the place of the same name in a later one', () => {
    expect(names('S', ['S20-b'], ['S20-b', 'S10'])).toEqual(['/1/S10', '/0/S20-b']);
  });

  it('have names of letters, digits, _ and - alone', () => {
    expect(names('P', ['P1', 'P2~', 'P3.dpkg-old', '.P4', 'p5', 'P_6-x', 'P 7', 'README'])).toEqual([
      '/0/P1',
      '/0/P_6-x',
    ]);
  });
});

describe('hooks', () => {
  let folder: string;
  let logged: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-hooks-'));
    logged = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, text: string, mode = 0o755): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), mode);
  };
  const hooks = (timeoutMs = 10_000) =>
    createHooks({
      folders: [folder],
      timeoutMs,
      environment: { PATH: '/usr/bin:/bin', FROM_ALL: 'all' },
      uid: process.getuid?.() ?? 0,
      log: createLog(7, (line) => logged.push(line)),
    });
  const never = new AbortController().signal;
  const run = (phase: 'P' | 'S' | 'X' | 'K', timeoutMs?: number) =>
    hooks(timeoutMs).run(phase, { LDM_USERNAME: 'ann' }, never);

  it('find what is meant for them in their environment, and nothing of this process', async () => {
    process.env.LDM_TEST_OWN = 'own';
    put('X10', `env >${folder}/seen; echo "MINE=$LDM_USERNAME $FROM_ALL"`);
    expect(await run('X')).toEqual({ refusal: undefined, environment: { MINE: 'ann all' } });
    put('X20', `grep -c LDM_TEST_OWN ${folder}/seen | sed s/^/COUNT=/; echo "ARGUMENTS=$#"`);
    expect((await run('X')).environment).toMatchObject({ COUNT: '0', ARGUMENTS: '0' });
    delete process.env.LDM_TEST_OWN;
  });

  it.each(['P', 'S'] as const)(
    'of phase %s refuse with a message and an exit code, and the later ones do not run',
    async (phase) => {
      put(`${phase}10`, 'echo "Not on Sundays." >&2; exit 1');
      put(`${phase}20`, `touch ${folder}/ran`);
      expect((await run(phase)).refusal).toBe('Not on Sundays.');
      expect(existsSync(join(folder, 'ran'))).toBe(false);
    },
  );

  it('are logged with their exit code, their message and the time that they took', async () => {
    put('S10', 'echo hello >&2');
    put('S20', 'exit 3');
    const began = performance.now();
    await run('S');
    const atMost = performance.now() - began + 1;
    const [first = '', second = ''] = logged;
    expect(first).toMatch(/^info hook-finished hook=S10 ms=\d+ said=hello$/m);
    expect(second).toMatch(/^warn hook-exit-code hook=S20 ms=\d+ code=3$/m);
    for (const line of logged) expect(Number(/ms=(\d+)/.exec(line)?.[1])).toBeLessThanOrEqual(atMost);
  });

  it.each([
    ['without a message', 'exit 1'],
    ['with a message but exit code 0', 'echo hello >&2'],
  ])('do not refuse %s', async (_, text) => {
    put('P10', text);
    expect((await run('P')).refusal).toBeUndefined();
  });

  it('of phase X refuse nothing', async () => {
    put('X10', 'echo no >&2; exit 1');
    expect(await run('X')).toEqual({ refusal: undefined, environment: {} });
    expect(logged.join('')).toContain('hook-exit-code hook=X10');
  });

  it('that take too long are killed with what they started, and the login goes on', async () => {
    put('P10', 'sleep 60 & sleep 60');
    put('P20', 'exit 0');
    const began = performance.now();
    expect((await run('P', 1_000)).refusal).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(logged.join('')).toMatch(/error hook-failed hook=P10 .*no end within 1 s/);
    expect(logged.join('')).toContain('info hook-finished hook=P20');
  });

  it('may leave a program running, which nobody waits for', async () => {
    put('S10', 'sleep 5 & exit 0');
    const began = performance.now();
    await run('S');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('that others could have written are not run, and that is logged', async () => {
    put('P10', 'echo refused >&2; exit 1', 0o777);
    expect((await run('P')).refusal).toBeUndefined();
    expect(logged).toEqual([expect.stringMatching(/^error hook-not-trusted hook=P10 .*can be written to by others/)]);
  });

  it('that cannot be run are logged', async () => {
    put('P10', 'exit 1', 0o644);
    expect((await run('P')).refusal).toBeUndefined();
    expect(logged.join('')).toMatch(/error hook-failed hook=P10 .*EACCES/);
  });

  it('are killed once the login is given up, refuse nothing then, and no other hook runs', async () => {
    put('S10', `echo no >&2; touch ${folder}/first; sleep 5`);
    put('S20', `touch ${folder}/second`);
    const abort = new AbortController();
    const ended = hooks().run('S', {}, abort.signal);
    await expect.poll(() => existsSync(join(folder, 'first'))).toBe(true);
    abort.abort();
    expect((await ended).refusal).toBeUndefined();
    expect(existsSync(join(folder, 'second'))).toBe(false);
    logged = [];
    expect(await hooks().run('S', {}, abort.signal)).toEqual({ refusal: undefined, environment: {} });
    expect(logged).toEqual([]);
  });

  it('are there where any phase of a login has one', () => {
    expect(hooks().areThere).toBe(false);
    put('I10', '');
    expect(hooks().areThere).toBe(false);
    put('K10', '');
    expect(hooks().areThere).toBe(true);
  });

  it('of phase S give nothing to the environment, and those of phase X that fail neither', async () => {
    put('S10', 'echo A=1');
    put('X10', 'echo B=1; exit 1');
    put('X20', 'echo C=1');
    put('X30', 'echo C=2; echo D=3');
    expect((await run('S')).environment).toEqual({});
    expect((await run('X')).environment).toEqual({ C: '2', D: '3' });
  });

  it('that are folders or broken links do no harm', async () => {
    mkdirSync(join(folder, 'K10'));
    expect((await run('K')).refusal).toBeUndefined();
  });
});

describe('what hooks find in their environment', () => {
  it('is what the settings say, the classic PATH before our own folder, and the address where there is one', () => {
    const path = '/sbin:/bin:/usr/sbin:/usr/bin:/opt/ldm';
    expect(hookEnvironment({ A: '1', PATH: '/x' }, '/opt/ldm', null)).toEqual({ A: '1', PATH: path });
    expect(hookEnvironment({}, '/opt/ldm', '10.0.0.7')).toEqual({ PATH: path, LDMINFO_IPADDR: '10.0.0.7' });
  });
});

describe('what hooks give to the session', () => {
  it('are assignments, and none that would change how it is started', () => {
    const text =
      'PRINTER=hp 4\nhttp_proxy=http://x\n1X=2\nno assignment\nLD_PRELOAD=/x.so\nIFS=:\nEMPTY=\nBELL=\u0007\n';
    expect(readAssignments(text)).toEqual({ PRINTER: 'hp 4', http_proxy: 'http://x', EMPTY: '' });
    expect(readAssignments('ENV=/x\nBASH_ENV=/x\nLD_=/x\nIFSX=1\nXENV=2')).toEqual({ IFSX: '1', XENV: '2' });
    expect(readAssignments('A=1=2\nB\nC=x\r\n=4')).toEqual({ A: '1=2' });
    expect(readAssignments(`${'a'.repeat(101)}=1\n${'b'.repeat(100)}=2\n A=3`)).toEqual({ ['b'.repeat(100)]: '2' });
  });
});
