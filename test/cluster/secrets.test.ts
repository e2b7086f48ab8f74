import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { expectNoSecretIn, halves, unmistakable } from '../support/unmistakable-password.js';
import type { Account } from './support/accounts.js';
import { checkout } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { deadAddress } from './support/network.js';
import { type Running, until } from './support/run.js';
import { ldmOnTerminal } from './support/terminal.js';
import { useCluster } from './support/use-cluster.js';

const eve: Account = { name: 'eve', password: unmistakable };

const seenFile = '/run/seen';
/** Where the sampler and the test themselves write, and what is no business of the client's. */
const otherFiles = [seenFile, '/run/etc/*'];

requireOrSkip(missingForCluster, 'A password', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 'strange', known: 'unknown' }], accounts: [eve] });
  let sampler: Running | undefined;

  beforeAll(async () => {
    const { client } = cluster();
    await client.write('/run/get_hosts', '#!/bin/sh\nsleep 0.3\necho s1 nowhere.test\n', 0o755);
    // A name that nobody answers for, so that getent is there to be seen.
    await client.write('/etc/resolv.conf', `nameserver ${deadAddress}\n`);
    await client.sh('mkdir -p /run/home-of-ldm /run/scratch');
    Object.assign(cluster().environment, {
      LDM_SERVER: '',
      LDM_GET_HOSTS: '/run/get_hosts',
      LDM_LOGLEVEL: '7',
      HOME: '/run/home-of-ldm',
      TMPDIR: '/run/scratch',
    });
  });
  afterEach(() => sampler?.signal('SIGKILL'));

  /** Reads arguments and environment of every process on the client, over and over. */
  const watch = (): void => {
    const script =
      'while :; do for p in /proc/[0-9]*; do cat "$p/cmdline" "$p/environ"; done; sleep 0.01; done 2>/dev/null';
    sampler = cluster().client.start(['sh', '-c', `exec >${seenFile}; ${script}`]);
  };
  const everythingWritten = (): Promise<string> => {
    const other = otherFiles.map((path) => `-not -path '${path}'`).join(' ');
    return cluster().client.sh(`find /run /tmp /var/log -xdev -type f ${other} -exec cat {} +`);
  };
  const pidOfLdm = async (): Promise<number> => {
    let found: number | undefined;
    await until('ldm runs', async () => {
      const all = [...(await cluster().client.processes())];
      found = all.find(([, command]) => /dist\/ldm\.cjs/.test(command))?.[0];
      return found !== undefined;
    });
    return found ?? 0;
  };

  it('stands in no argument, environment, log or file of any process, at the highest log level', async () => {
    watch();
    const login = cluster().startLogin(eve, ['sleep 1; echo in']);
    await until('she is signed in', async () => (await cluster().server('s1').accountLog()).accepted.length > 0);
    expectNoSecretIn(await everythingWritten());
    const { code, stdout, stderr } = await login.done;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'in\n' });
    expectNoSecretIn(stdout + stderr);
    expectNoSecretIn(await everythingWritten());
    sampler?.signal('SIGKILL');
    const seen = await cluster().client.read(seenFile);
    for (const program of ['/run/get_hosts', 'getent', 'dist/ldm.cjs', 'LDM_LOGLEVEL=7'])
      expect(seen).toContain(program);
    expectNoSecretIn(seen);
  });

  it('stands in none of them either when it is refused, or the server is not known', async () => {
    const wrong = await cluster().login({ ...eve, name: 'mallory' }, ['true']);
    expect(wrong.code).toBe(77);
    const strange = await cluster().login(eve, ['true'], { env: { LDM_SERVER: 'strange' } });
    expect(strange.code).toBe(76);
    expectNoSecretIn(wrong.stderr + strange.stderr + (await everythingWritten()));
  });

  it('is in no core dump, for there is none', async () => {
    const login = cluster().startLogin(eve, ['sleep 10']);
    await until('she is signed in', async () => (await cluster().server('s1').accountLog()).accepted.length > 0);
    const pid = await pidOfLdm();
    expect(await cluster().client.read(`/proc/${pid}/limits`)).toMatch(/^Max core file size +0 +0 /m);
    await cluster().client.sh(`kill -ABRT ${pid}`);
    expect((await login.done).code).not.toBe(0);
    expectNoSecretIn(await everythingWritten());
  });

  /** How often the texts stand in the memory of a process on the client. */
  const copiesOf = async (pid: number, ...texts: readonly string[]): Promise<number> => {
    const search = [process.execPath, join(checkout, 'test/support/memory-search.mjs'), String(pid)];
    const { code, stdout, stderr } = await cluster().client.run(search, { input: texts.join('\n') });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return (JSON.parse(stdout) as { found: number }).found;
  };
  /** The first server takes this way to sign in and no other. */
  const takeOnly = async (kept: string, other: string): Promise<void> => {
    const server = cluster().server('s1');
    await server.refuse();
    const config = '/etc/ssh/sshd_config';
    await server.host.sh(
      `sed -i 's/^${other}Authentication .*/${other}Authentication no/' ${config}; grep ${kept} ${config}`,
    );
    await server.sshd.start();
  };

  it.each([
    ['as a password', 'Password', 'KbdInteractive'],
    ['as an answer', 'KbdInteractive', 'Password'],
  ])('stands nowhere in the memory that holds the session, once it was sent %s', async (_, kept, other) => {
    await takeOnly(kept, other);
    const login = cluster().startLogin(eve, ['echo in; sleep 20']);
    await until('her session runs', async () => login.stdout().includes('in'));
    const pid = await pidOfLdm();
    expect(await copiesOf(pid, ...halves)).toBe(0);
    // The search does find what is there.
    expect(await copiesOf(pid, '/run/home-of-ldm')).toBeGreaterThan(0);
    login.signal('SIGTERM');
    await login.done;
  });

  it('stands nowhere in the memory that holds the session either, when it was typed at a terminal', async () => {
    await takeOnly('Password', 'KbdInteractive');
    const args = ['login', '--no-x11', '--user', eve.name, '--', 'echo in; sleep 20'];
    const terminal = ldmOnTerminal(cluster().client, args, { ...cluster().environment, LDM_SERVER: 's1' });
    await terminal.reads(/Password of eve: /);
    terminal.types(`${unmistakable}\u00e4\u007f`);
    await terminal.reads(/^in$/m);
    const pid = await pidOfLdm();
    expect(await copiesOf(pid, ...halves)).toBe(0);
    expect(await copiesOf(pid, '/run/home-of-ldm')).toBeGreaterThan(0);
    expectNoSecretIn(terminal.shown());
    await cluster().client.sh(`kill -TERM ${pid}`);
    await terminal.ended;
  });

  it.each([
    ['where it is sent', 'Password', 'KbdInteractive'],
    ['where it answers a question', 'KbdInteractive', 'Password'],
  ])('is in no message of a fault that happens %s', async (_, kept, other) => {
    // The password itself is not written here.
    const fault = [
      'const { prototype } = Buffer;',
      'const copy = prototype.copy;',
      'prototype.copy = function (target, ...more) {',
      "  const fault = new Error('a fault of the test');",
      "  if (this.toString().startsWith('Unmistakable') && target.length > 64) throw fault;",
      '  return copy.call(this, target, ...more);',
      '};',
    ];
    await cluster().client.write('/run/fault.cjs', fault.join('\n'));
    await takeOnly(kept, other);
    const { code, stderr } = await cluster().login(eve, ['true'], {
      env: { NODE_OPTIONS: '--require=/run/fault.cjs' },
    });
    expect(stderr).toContain('a fault of the test');
    expect(code).toBe(69);
    expectNoSecretIn(stderr + (await everythingWritten()));
  });

  it('leaves files behind that only their owner reads, or that hold no secret and say so by their mode', async () => {
    const { client } = cluster();
    await client.sh('mkdir -p /run/learned');
    const env = { LDM_SERVER: 'strange', LDM_HOST_KEYS: 'accept-new', LDM_KNOWN_HOSTS: '/run/learned' };
    expect(await cluster().login(eve, ['true'], { env })).toMatchObject({ code: 0 });
    await cluster().server('s1').killSshd();
    await cluster().login(eve, ['true'], { env: { LDM_SERVER: 's1' } });
    const modes = await client.sh("cd /run && find learned ldm-state home-of-ldm scratch -printf '%m %U %p\\n' | sort");
    expect(modes.trim().split('\n')).toEqual([
      '600 0 ldm-state/demotions.json',
      '600 0 learned/learnt',
      '755 0 home-of-ldm',
      '755 0 ldm-state',
      '755 0 learned',
      '755 0 scratch',
    ]);
  });

  it('changes nothing of what the table shows: an info service’s words stay out of it', async () => {
    const words = 'Qx\u202eqz\u0007\u001b[2J<b>';
    const text = `language:${words}\nsession-with-name:${words}:${words}\nrating:1e9\nsessions:-5\nsessions:NaN\n`;
    await cluster().server('s1').inform({ does: 'say', text });
    for (const form of [[], ['--json']]) {
      const { code, stdout } = await cluster().ldm(['servers', ...form]);
      expect(code).toBe(0);
      expect(stdout).toContain('s1');
      expect(stdout).toMatch(/^[\n -~]*$/);
      expect(stdout).not.toMatch(/Qx|qz|1e9|-5|NaN|</);
    }
  });
});
