import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type EtcdAccess, prefixEnd, toBase64 } from '../../src/protocol/etcd-gateway.js';
import { defaultPrefix, readEtcd } from '../../src/servers/discovery/etcd.js';
import { type EtcdCluster, etcdCall, etcdMissing, etcdReady, startEtcd } from '../support/etcd.js';
import {
  ask,
  type BuiltLdminfod,
  buildLdminfod,
  type RunningLdminfod,
  startLdminfod,
} from '../support/ldminfod-build.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run, until } from './support/run.js';

requireOrSkip(etcdMissing, 'ldminfod beside a real etcd of three members', () => {
  let built: BuiltLdminfod;
  let folder: string;
  let etcd: EtcdCluster;
  let access: EtcdAccess;
  const running: RunningLdminfod[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldminfod-etcd-'));
    writeFileSync(join(folder, 'empty.conf'), '');
    built = await buildLdminfod();
  });
  afterAll(async () => {
    await built.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const one of running.splice(0)) {
      one.signal('SIGKILL');
      await one.done;
    }
    await etcd?.stop();
  });

  async function startMembers(count: number): Promise<void> {
    etcd = await startEtcd(count);
    access = { endpoints: etcd.endpoints };
    await etcdReady(access);
  }
  async function register(name: string, ...args: string[]): Promise<RunningLdminfod> {
    const own = ['--config', join(folder, 'empty.conf'), '--listen', '127.0.0.1', '--drain-file', join(folder, name)];
    const to = ['--etcd', etcd.endpoints.join(' '), '--etcd-name', name];
    const one = await startLdminfod(built.program, [...own, ...to, ...args]);
    running.push(one);
    return one;
  }
  const entry = async (name: string) =>
    (await readEtcd(access, 22)).entries.find(({ server }) => server.name === name)?.info;
  /** No word of etcd's counts as none of the server. */
  const entryIfTold = (name: string) => entry(name).catch(() => undefined);
  const version = async (name: string): Promise<number> => {
    const { kvs } = await etcdCall(access, '/v3/kv/range', { key: toBase64(defaultPrefix + name) });
    return Number((kvs as { version: string }[])[0]?.version);
  };

  it('tells it what it tells clients, writes only what changed, and is gone at once when it is ended', async () => {
    await startMembers(1);
    const one = await register('app1', '--fixed-rating', '61', '--capacity', '40');
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    const { text } = await ask('127.0.0.1', one.port);
    const answer = await entry('app1');
    expect(answer).toMatchObject({ capacity: 40, draining: false, sshDown: true });
    expect(text).toContain(`language:${answer?.languages[0]}\n`);

    await until(
      'nothing is written for three looks and more',
      async () => {
        const before = await version('app1');
        await sleep(3_500);
        return (await version('app1')) === before;
      },
      // Another sshd of this machine that somebody comes to meanwhile is a change.
      15_000,
    );
    const before = await version('app1');
    writeFileSync(join(folder, 'app1'), '');
    await until('etcd knows that it drains', async () => (await entryIfTold('app1'))?.draining === true);
    expect(await version('app1')).toBeGreaterThan(before);

    one.signal('SIGTERM');
    expect((await one.done).code).toBe(0);
    await until('it is gone', async () => (await entry('app1')) === undefined, 5_000);
  });

  it('keeps it for longer than the lease, and dies in etcd with its process, within the lease', async () => {
    await startMembers(1);
    const one = await register('app1');
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    await sleep(13_000);
    expect(await entry('app1')).toBeDefined();
    const began = performance.now();
    one.signal('SIGKILL');
    await until('it is gone', async () => (await entry('app1')) === undefined, 14_000);
    const seconds = (performance.now() - began) / 1_000;
    console.info(`a killed ldminfod was gone from etcd after ${seconds.toFixed(1)} s`);
    // The lease has 10 s from the last keep-alive; etcd looks for dead ones twice a second.
    expect(seconds).toBeLessThan(11.5);
  });

  it('goes on with another member when its own is killed, and the server never vanishes', async () => {
    await startMembers(3);
    const one = await register('app1');
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    const member = (): number =>
      etcd.endpoints.indexOf(/etcd-registered.* endpoint=(\S+)/.exec(one.stderr())?.[1] ?? '');
    const own = member();
    await etcd.kill(own);
    let missing = 0;
    for (const end = performance.now() + 15_000; performance.now() < end; await sleep(200)) {
      const list = await readEtcd(access, 22).catch(() => undefined);
      // While the members choose a leader, one of them alone may have no word on it.
      if (list?.consistency === 'linearizable' && !list.entries.some(({ server }) => server.name === 'app1'))
        missing += 1;
    }
    expect(missing).toBe(0);
    const changes = join(folder, 'app1');
    writeFileSync(changes, '');
    await until('changes still arrive', async () => (await entryIfTold('app1'))?.draining === true);
  });

  it('answers as usual while etcd is unavailable, says so once, and registers again when etcd is back', async () => {
    await startMembers(1);
    const one = await register('app1');
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    etcd.signal(0, 'SIGSTOP');
    await until('it says so', () => /etcd-unavailable/.test(one.stderr()), 8_000);
    const times: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const { text, ms } = await ask('127.0.0.1', one.port);
      expect(text).toContain('state:');
      times.push(ms);
      await sleep(400);
    }
    // All but what a busy machine holds up for itself.
    expect(times.filter((ms) => ms >= 500).length).toBeLessThan(3);
    expect(Math.max(...times)).toBeLessThan(3_000);
    expect(one.stderr().match(/etcd-unavailable/g)).toHaveLength(1);
    etcd.signal(0, 'SIGCONT');
    await until('it is registered again', async () => (await entry('app1')) !== undefined, 15_000);
    await until('it says so', () => /etcd-available/.test(one.stderr()), 10_000);
  });

  const nameClash = /etcd-name-conflict key=\/ldm\/servers\/app1 by=/;

  it('writes its entry again when it is deleted, overwritten or in a new cluster', { timeout: 60_000 }, async () => {
    await startMembers(1);
    const one = await register('app1', '--capacity', '40');
    const key = toBase64(`${defaultPrefix}app1`);
    const isThere = async (): Promise<boolean> => (await entryIfTold('app1'))?.capacity === 40;
    const withinOneLease = (): Promise<void> => until('it is there', isThere, 10_000);
    await withinOneLease();

    await etcdCall(access, '/v3/kv/deleterange', { key });
    await withinOneLease();
    expect(one.stderr()).toMatch(/etcd-entry-lost key=\/ldm\/servers\/app1 how=missing/);

    const { header } = await etcdCall(access, '/v3/kv/deleterange', { key });
    await etcdCall(access, '/v3/kv/compaction', { revision: (header as { revision: string }).revision });
    await withinOneLease();

    await etcdCall(access, '/v3/kv/put', { key, value: toBase64('capacity:1\n') });
    expect(await isThere()).toBe(false);
    await withinOneLease();

    await etcd.startAnew();
    await withinOneLease();
    expect(one.stderr()).not.toMatch(nameClash);
  });

  it('writes its entry again when an old machine of the same name wrote last and went away', async () => {
    await startMembers(1);
    const one = await register('app1');
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    const { ID: lease } = await etcdCall(access, '/v3/lease/grant', { TTL: 60 });
    const value = toBase64('rating:1\nregistered-by:old\u001b[31m, 10.0.0.7, pid 5\n');
    await etcdCall(access, '/v3/kv/put', { key: toBase64(`${defaultPrefix}app1`), value, lease });
    await until('it says so', () => nameClash.test(one.stderr()), 10_000);
    expect(one.stderr()).toContain('by="old [31m, 10.0.0.7, pid 5"');
    await until('its own entry is there', async () => (await entryIfTold('app1'))?.rating !== 1);
    await etcdCall(access, '/v3/lease/revoke', { ID: lease });
    expect(await entry('app1')).toBeDefined();
  });

  it('says on both sides that two servers have one name, and no longer when one of them is gone', {
    timeout: 60_000,
  }, async () => {
    await startMembers(1);
    const [one, two] = [await register('app1'), await register('app1')];
    for (const { stderr } of [one, two]) await until('it says so', () => nameClash.test(stderr()), 10_000);
    const status = async ({ port }: RunningLdminfod): Promise<string> =>
      (await run([built.program, 'status', '--listen', '127.0.0.1', '--port', String(port)])).stdout;
    expect(await status(one)).toMatch(
      new RegExp(`^etcd: name clash: /ldm/servers/app1 is also registered by .*pid ${two.pid}$`, 'm'),
    );
    expect(await status(two)).toMatch(new RegExp(`^etcd: name clash: .*pid ${one.pid}$`, 'm'));
    two.signal('SIGTERM');
    await until('it is over', async () => (await status(one)).includes('etcd: registered as'), 20_000);
    expect(one.stderr()).toContain('etcd-name-conflict-resolved');
    expect(one.stderr().match(new RegExp(nameClash, 'g'))).toHaveLength(1);
  });

  it('keeps its entry where its user may write in etcd and not read', { timeout: 30_000 }, async () => {
    await startMembers(1);
    const root = { name: 'root', password: 'root secret' };
    const [prefix, rangeEnd] = [toBase64(defaultPrefix), prefixEnd(defaultPrefix)];
    await etcdCall(access, '/v3/auth/user/add', root);
    await etcdCall(access, '/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcdCall(access, '/v3/auth/user/add', { name: 'server', password: 'server secret' });
    await etcdCall(access, '/v3/auth/role/add', { name: 'writer' });
    const perm = { permType: 'WRITE', key: prefix, range_end: rangeEnd };
    await etcdCall(access, '/v3/auth/role/grant', { name: 'writer', perm });
    await etcdCall(access, '/v3/auth/user/grant', { user: 'server', role: 'writer' });
    await etcdCall(access, '/v3/auth/enable', {});
    access = { ...access, user: root };
    const file = join(folder, 'password');
    writeFileSync(file, 'server secret\n');
    const one = await register('app1', '--etcd-user', 'server', '--etcd-password-file', file);
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    await until('it says so', () => /etcd-entry-unreadable/.test(one.stderr()), 10_000);
    await etcdCall(access, '/v3/kv/deleterange', { key: toBase64(`${defaultPrefix}app1`) });
    await until('it is there again', async () => (await entry('app1')) !== undefined, 10_000);
    expect(one.stderr()).not.toContain('etcd-unavailable');
  });

  it('shows its name and password where etcd has users, and says so when they are wrong', async () => {
    await startMembers(1);
    const user = { name: 'root', password: 'root secret' };
    await etcdCall(access, '/v3/auth/user/add', user);
    await etcdCall(access, '/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcdCall(access, '/v3/auth/enable', {});
    access = { ...access, user };
    const file = join(folder, 'password');
    writeFileSync(file, 'a guess\n');
    const wrong = await register('app2', '--etcd-user', 'root', '--etcd-password-file', file);
    await until('it says so', () => /etcd-unavailable.*authentication failed/.test(wrong.stderr()), 5_000);
    expect(wrong.stderr()).not.toContain('a guess');
    writeFileSync(file, `${user.password}\n`);
    await register('app1', '--etcd-user', 'root', '--etcd-password-file', file);
    await until('it is registered', async () => (await entryIfTold('app1')) !== undefined);
    expect(await entry('app2')).toBeUndefined();
  });

  it('starts without etcd, and says who refused it', async () => {
    await startMembers(1);
    await etcd.kill(0);
    const one = await register('app1');
    expect((await ask('127.0.0.1', one.port)).text).toContain('rating:');
    await until('it says so', () => /etcd-unavailable.*ECONNREFUSED/.test(one.stderr()), 5_000);
  });
});
