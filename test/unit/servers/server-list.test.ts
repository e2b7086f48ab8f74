import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { discoverServers } from '../../../src/servers/discovery/server-list.js';
import { parseServerList, readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import { closeMembers, member, range } from '../support/fake-etcd.js';
import { closeResolvers, reply, resolver, srv } from '../support/fake-resolver.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-list-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a get_hosts program and asks for the list. */
async function listFrom(script: string, mode = 0o755) {
  const program = join(folder, 'get_hosts');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, mode);
  const logged: string[] = [];
  const settings = readSettings({ LDM_GET_HOSTS: program });
  const list = await discoverServers(
    settings,
    createLog(7, (line) => logged.push(line)),
    Math.random,
  );
  return { list, names: list.servers.map(({ name }) => name), source: list.source, log: logged.join('') };
}

describe('the server list of DNS and etcd', () => {
  afterEach(() => {
    closeResolvers();
    closeMembers();
  });
  const name = '_ldm._tcp.school.example';

  /** The list by the targets of SRV records in their order, and by the names in etcd. */
  async function listFromBoth(targets: readonly string[], stored: readonly string[] | undefined) {
    const source = { targets, stored, etcdRequests: 0 };
    const dns = await resolver({
      udp: (query) => {
        const records = source.targets.map((target, at) => srv(name, target, { priority: 10 * at, weight: at }));
        return [reply(query, records, records.length > 0 ? 0 : 3)];
      },
    });
    const etcd = await member(() => {
      source.etcdRequests += 1;
      return source.stored
        ? range(Object.fromEntries(source.stored.map((server) => [server, 'rating:50\n'])))
        : { code: 16, message: 'refused' };
    });
    const log: string[] = [];
    const list = await discoverServers(
      readSettings({ LDM_SERVER_SRV: name, LDM_ETCD: etcd }),
      createLog(7, (line) => log.push(line)),
      Math.random,
      { resolvers: [dns], search: [], ndots: 1, timeoutMs: 10_000, attempts: 1, limitMs: 20_000 },
    );
    return { list, source, log };
  }
  const namesOf = ({ servers }: Awaited<ReturnType<typeof discoverServers>>) => servers.map((server) => server.name);

  it('has the names from SRV records, in their order, before names from etcd, which is not asked', async () => {
    const { list, source, log } = await listFromBoth(['z.example', 'a.example'], ['b.example']);
    expect([list.source, namesOf(list)]).toEqual(['srv', ['z.example', 'a.example']]);
    expect(list.servers.map(list.poolOf)).toEqual([0, 10]);
    expect(list.servers.map(list.weightOf)).toEqual([undefined, 1]);
    expect([list.isLastResort, list.told, list.again]).toEqual([undefined, undefined, undefined]);
    expect([source.etcdRequests, log]).toEqual([0, []]);
  });

  it.each([
    ['are none', [], 'no-such-name'],
    ['name no host', ['bad name'], 'no-host-name'],
  ])('has the names from etcd where the SRV records %s, which is logged', async (_, targets, code) => {
    const { list, log } = await listFromBoth(targets, ['b.example', 'a.example']);
    expect([list.source, namesOf(list)]).toEqual(['etcd', ['b.example', 'a.example']]);
    expect(list.told?.map(({ rating }) => rating)).toEqual([50, 50]);
    expect(list.servers.map(list.poolOf)).toEqual([0, 0]);
    expect(list.servers.map(list.weightOf)).toEqual([undefined, undefined]);
    expect(list.isLastResort).toBeUndefined();
    expect(log).toEqual([expect.stringMatching(`srv-failed name=${name} code=${code}`)]);
  });

  it('is read again from etcd, and stays while etcd is unavailable; then nobody tells how the servers are', async () => {
    const { list, source } = await listFromBoth([], ['a.example']);
    source.stored = undefined;
    const kept = await list.again?.();
    expect(kept).toMatchObject({ source: 'etcd', servers: [{ name: 'a.example' }], isLastResort: true });
    expect(kept).not.toHaveProperty('told');
    source.stored = ['b.example'];
    const next = await kept?.again?.();
    expect(next).toMatchObject({ servers: [{ name: 'b.example' }], told: [{ rating: 50 }] });
    expect(next).not.toHaveProperty('isLastResort');
  });

  it('is the makeshift where both fail, until one of them has names', async () => {
    const { list, source, log } = await listFromBoth([], undefined);
    expect(list).toMatchObject({ source: 'default', servers: [{ name: 'server' }], isLastResort: true });
    expect(list.servers.map(list.weightOf)).toEqual([undefined]);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['srv-failed', 'etcd-failed']);
    source.targets = ['a.example'];
    expect(await list.again?.()).toMatchObject({ source: 'srv', servers: [{ name: 'a.example' }] });
  });

  it('is a makeshift where DNS fails alone', async () => {
    const nowhere = { resolvers: [], search: [], ndots: 1, timeoutMs: 1_000, attempts: 1, limitMs: 1_000 };
    const settings = readSettings({ LDM_SERVER_SRV: name });
    const log = createLog(0, () => {});
    expect(await discoverServers(settings, log, Math.random, nowhere)).toMatchObject({
      source: 'default',
      isLastResort: true,
    });
  });
});

describe('the server list', () => {
  it.each([{ LDM_SERVER: 'app1 app2' }, { LDM_GET_HOSTS: '/bin/echo' }, {}])(
    'knows who can be switched on by the settings: %j',
    async (source) => {
      const settings = readSettings({ ...source, LDM_SERVER_MAC: 'app2=52:54:00:00:00:02' });
      const { macOf } = await discoverServers(
        settings,
        createLog(0, () => {}),
        Math.random,
      );
      const [app1, app2] = parseServerList(['app1', 'app2'], 22);
      expect([app1 && macOf(app1), app2 && macOf(app2)]).toEqual([undefined, '52:54:00:00:00:02']);
    },
  );

  it('has no last word of a get_hosts that was killed, which may be cut', async () => {
    expect(await listFrom('printf "a b  c1"; kill -9 $$')).toMatchObject({ names: ['a', 'b'] });
  });

  it('comes from one run of get_hosts, without arguments, also if that fails', async () => {
    const runs = join(folder, 'runs');
    const { names } = await listFrom(`echo x >> ${runs}; echo "a$#"; exit 1`);
    expect([names, readFileSync(runs, 'utf8')]).toEqual([['a0'], 'x\n']);
    rmSync(runs);
  });

  it('does not come from a get_hosts whose interpreter is missing', async () => {
    const program = join(folder, 'lost');
    writeFileSync(program, '#!/nowhere/sh\necho a\n', { mode: 0o755 });
    const logged: string[] = [];
    const list = await discoverServers(
      readSettings({ LDM_GET_HOSTS: program }),
      createLog(7, (line) => logged.push(line)),
      Math.random,
    );
    expect(list.source).toBe('default');
    expect(logged.join('')).toMatch(/get-hosts-failed .*cannot be run \(ENOENT\)/);
  });

  it('is LDM_SERVER where that is set', async () => {
    const settings = readSettings({ LDM_SERVER: 'a b', LDM_GET_HOSTS: '/bin/false' });
    expect(
      await discoverServers(
        settings,
        createLog(0, () => {}),
        Math.random,
      ),
    ).toMatchObject({ source: 'LDM_SERVER' });
  });

  it('is LDM_SERVER alone: nothing else is asked for it', async () => {
    const ran = join(folder, 'ran');
    const program = join(folder, 'asked');
    writeFileSync(program, `#!/bin/sh\ntouch ${ran}; echo x\n`, { mode: 0o755 });
    const settings = readSettings({ LDM_SERVER: 'b a', LDM_GET_HOSTS: program, LDM_SERVER_SRV: '_ldm._tcp.invalid' });
    const logged: string[] = [];
    const list = await discoverServers(
      settings,
      createLog(7, (line) => logged.push(line)),
      Math.random,
    );
    expect(list.servers.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(list.servers.map(list.poolOf)).toEqual([0, 0]);
    expect(list.servers.map(list.weightOf)).toEqual([undefined, undefined]);
    expect(list).not.toHaveProperty('again');
    expect(existsSync(ran)).toBe(false);
    expect(logged).toEqual([]);
  });

  it('is that of get_hosts before those of SRV and etcd, which are not asked', async () => {
    const program = join(folder, 'first');
    writeFileSync(program, '#!/bin/sh\necho x y\n', { mode: 0o755 });
    const logged: string[] = [];
    const list = await discoverServers(
      readSettings({ LDM_GET_HOSTS: program, LDM_SERVER_SRV: '_ldm._tcp.invalid', LDM_ETCD: 'http://127.0.0.1:1' }),
      createLog(7, (line) => logged.push(line)),
      Math.random,
    );
    expect(list).toMatchObject({ source: 'get_hosts', servers: [{ name: 'x' }, { name: 'y' }] });
    expect(logged).toEqual([]);
  });

  it('is the one name of a small set-up, for good, where nobody was to give another', async () => {
    const list = await discoverServers(
      readSettings({ LDM_SSH_PORT: '22' }),
      createLog(0, () => {}),
      Math.random,
    );
    expect(list).toMatchObject({ source: 'default', servers: [{ name: 'server' }] });
    expect(list.isLastResort).toBeUndefined();
    expect(list.again).toBeUndefined();
  });

  it('is a makeshift where etcd cannot be reached, until that is', async () => {
    const logged: string[] = [];
    const list = await discoverServers(
      readSettings({ LDM_ETCD: 'http://127.0.0.1:1' }),
      createLog(7, (line) => logged.push(line)),
      Math.random,
    );
    expect(list).toMatchObject({ source: 'default', isLastResort: true });
    expect(logged.join('')).toContain('etcd');
  });

  it('is what get_hosts says, in its order and without repetitions', async () => {
    expect(await listFrom('echo c a; echo b a:22')).toMatchObject({ names: ['c', 'a', 'b'], source: 'get_hosts' });
  });

  it('leaves out words that name no server, and tells which in the log', async () => {
    const { names, log } = await listFrom(`echo 'good -oProxyCommand=x $(id)'`);
    expect(names).toEqual(['good']);
    expect(log).toContain('get-hosts-entry-skipped');
    expect(log).toContain('-oProxyCommand=x');
  });

  it.each([
    ['fails without a list', 'exit 3', 'exit code 3'],
    ['fails with what is no list', 'echo "-x: not found"; exit 127', 'exit code 127'],
    ['names nobody', 'true', 'names no server'],
    ['never stops talking', 'yes server', 'bytes of output'],
  ])('is the one name of a small set-up where get_hosts %s', async (_, script, problem) => {
    const { names, source, log } = await listFrom(script);
    expect({ names, source }).toEqual({ names: ['server'], source: 'default' });
    expect(log).toContain(problem);
  });

  it.each([
    ['exit code 3', 'echo a; echo b; exit 3'],
    ['exit code 1', 'printf "a b"; test -e /nowhere && echo c'],
    ['ended by SIGKILL', 'echo a b; kill -9 $$'],
  ])('is what get_hosts has printed before it failed with %s, which is noted', async (problem, script) => {
    const { names, source, log } = await listFrom(script);
    expect({ names, source }).toEqual({ names: ['a', 'b'], source: 'get_hosts' });
    expect(log).toMatch(new RegExp(`^warn get-hosts-failed-list-used program=.* problem="${problem}"`, 'm'));
  });

  it('is what get_hosts has printed if it does not end, except a last word that is cut off', {
    timeout: 20_000,
  }, async () => {
    const { names, log } = await listFrom('printf "a\\nb\\nserv"; sleep 60');
    expect(names).toEqual(['a', 'b']);
    expect(log).toContain('no end within 5 s');
  });

  it('is what a script says that does not name its shell', async () => {
    const program = join(folder, 'bare');
    writeFileSync(program, 'echo a b\n', { mode: 0o755 });
    const { servers } = await discoverServers(
      readSettings({ LDM_GET_HOSTS: program }),
      createLog(0, () => {}),
      Math.random,
    );
    expect(servers.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('is asked for again where get_hosts has failed, and until then known to be a makeshift', async () => {
    const { list } = await listFrom('exit 3');
    expect(list.isLastResort).toBe(true);
    await listFrom('echo a b');
    const next = await list.again?.();
    expect(next).toMatchObject({ source: 'get_hosts', servers: [{ name: 'a' }, { name: 'b' }] });
    expect(next?.isLastResort).toBeUndefined();
  });

  it('does not run a program that others may change', async () => {
    const { names, log } = await listFrom('echo evil', 0o777);
    expect(names).toEqual(['server']);
    expect(log).toContain('can be written to by others');
  });

  it('says that a program is not there', async () => {
    const logged: string[] = [];
    const settings = readSettings({ LDM_GET_HOSTS: join(folder, 'nowhere') });
    const list = await discoverServers(
      settings,
      createLog(7, (line) => logged.push(line)),
      Math.random,
    );
    expect(list.source).toBe('default');
    expect(logged.join('')).toContain('ENOENT');
  });
});
