import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toBase64 } from '../../src/protocol/etcd-gateway.js';
import { defaultPrefix } from '../../src/servers/discovery/etcd.js';
import { discoverServers, type ServerList } from '../../src/servers/discovery/server-list.js';
import { readSettings } from '../../src/settings/settings.js';
import { createLog } from '../../src/shared/log/log.js';
import { type EtcdCluster, etcdCall, etcdMissing, etcdReady, startEtcd } from '../support/etcd.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { checkout } from './support/host.js';
import { type Outcome, run } from './support/run.js';

const value = (rating: number): string => toBase64(`language:C.UTF-8\nrating:${rating}\nsessions:3\nage:1000\n`);
/** Documentation addresses (RFC 5737): nobody answers there, and nobody must be asked. */
const name = (number: number): string => `192.0.2.${number % 250}:${2_000 + Math.floor(number / 250)}`;

requireOrSkip(etcdMissing, 'a client of a real etcd', () => {
  let etcd: EtcdCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-etcd-client-'));
    writeFileSync(join(folder, 'lts.conf'), '');
    etcd = await startEtcd(1);
    await etcdReady({ endpoints: etcd.endpoints });
    await put({ [`${defaultPrefix}192.0.2.1`]: value(40), [`${defaultPrefix}no server`]: value(1) });
  });
  afterAll(async () => {
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function put(entries: Readonly<Record<string, string>>): Promise<void> {
    const success = Object.entries(entries).map(([key, text]) => ({
      request_put: { key: toBase64(key), value: text },
    }));
    await etcdCall({ endpoints: etcd.endpoints }, '/v3/kv/txn', { success });
  }
  const environment = (): Record<string, string> => ({ HOME: folder, LDM_ETCD: etcd.endpoints.join(' ') });
  const ldm = (...args: string[]): Promise<Outcome> =>
    run([`${checkout}/bin/ldm`, '--config', join(folder, 'lts.conf'), ...args], {
      env: { ...environment(), LDM_STATE_DIR: folder, LDM_PROBE_TIMEOUT: '0.5', LDM_CONNECT_TIMEOUT: '0.5' },
      input: 'secret\n',
    });
  async function gather(): Promise<{ list: ServerList; log: string }> {
    let log = '';
    const write = (line: string): void => {
      log += line;
    };
    return { list: await discoverServers(readSettings(environment()), createLog(7, write), Math.random), log };
  }

  it('has the list and the ratings of it; what names no server is told in the log', async () => {
    const { code, stdout, stderr } = await ldm('servers', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: '192.0.2.1', state: 'up', rating: 40, sessions: 3, reason: null, address: null },
    ]);
    expect(stderr).toContain(`etcd-key-skipped key="${defaultPrefix}no server"`);
  });

  it('has the states of 1,000 servers in well under a probe timeout, from one read', async () => {
    for (let batch = 0; batch < 1_000; batch += 100) {
      const numbers = Array.from({ length: 100 }, (_, index) => batch + index);
      await put(Object.fromEntries(numbers.map((number) => [`${defaultPrefix}${name(number)}`, value(number % 100)])));
    }
    const { list } = await gather();
    expect(list.told?.length).toBe(1_001);
    const { stdout, ms } = await ldm('servers', '--json');
    console.info(`ldm servers with 1,000 servers in etcd: ${Math.round(ms)} ms, its own start included`);
    const rows: readonly { state: string; ms: number }[] = JSON.parse(stdout);
    expect(rows.filter(({ state }) => state === 'up').length).toBeGreaterThan(980);
    expect(rows[0]?.ms).toBeLessThan(2_500);
  });

  it('takes LDM_SERVER and get_hosts before it', async () => {
    const get = join(folder, 'get_hosts');
    writeFileSync(get, '#!/bin/sh\necho 192.0.2.7\n', { mode: 0o755 });
    const log = createLog(0, () => {});
    const source = async (more: Readonly<Record<string, string>>) =>
      (await discoverServers(readSettings({ ...environment(), ...more }), log, Math.random)).source;
    expect(await source({ LDM_SERVER: 'a' })).toBe('LDM_SERVER');
    expect(await source({ LDM_GET_HOSTS: get })).toBe('get_hosts');
    expect(await source({})).toBe('etcd');
  });

  it('is not asked where its files cannot be read, which is reported', async () => {
    const { code, stderr } = await run([`${checkout}/bin/ldm`, 'servers'], {
      env: { ...environment(), LDM_ETCD_CA: '/nowhere/ca.pem' },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warn setting-problem .*LDM_ETCD_CA.*\/nowhere\/ca\.pem.*etcd is not asked/m);
  });

  it('is left with the last resort while etcd is away, says so in the log, and finds etcd when it is back', async () => {
    etcd.signal(0, 'SIGSTOP');
    const { list, log } = await gather();
    expect(list).toMatchObject({ source: 'default', isLastResort: true });
    expect(list.servers.map((server) => server.name)).toEqual(['server']);
    expect(log).toMatch(/^error etcd-failed code=no-answer problem=.*no answer in time/m);
    const { code, stderr } = await ldm('login', '--user', 'ada', '--no-x11', '--password-file', '-', '--', 'true');
    expect(code).toBe(69);
    expect(stderr).toContain('The server list is unavailable');
    etcd.signal(0, 'SIGCONT');
    expect((await list.again?.())?.source).toBe('etcd');
  });

  it('keeps the servers that it knew when etcd goes away later', async () => {
    const { list } = await gather();
    await etcd.kill(0);
    const next = await list.again?.();
    expect(next).toMatchObject({ source: 'etcd', isLastResort: true, servers: list.servers });
    expect(next?.told).toBeUndefined();
  });
});
