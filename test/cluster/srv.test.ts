import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { querySrv, type SrvOptions } from '../../src/servers/discovery/srv.js';
import { listBySrv } from '../../src/servers/discovery/srv-list.js';
import { seededRandom } from '../../src/simulation/seeded-random.js';
import { requireOrSkip } from '../support/require-or-skip.js';

const missing = spawnSync('dnsmasq', ['--version']).error ? 'dnsmasq (Debian package dnsmasq-base)' : undefined;
const domain = 'school.example';

const config = [
  // 30 servers, the last 5 of them spare; their answer is longer than a datagram may be.
  ...Array.from({ length: 30 }, (_, i) => {
    const target = `application-server-${i + 1}.${domain}`;
    return `srv-host=_ldm._tcp.${domain},${target},${i === 0 ? 2222 : 22},${i < 25 ? 10 : 20},${i < 5 ? 50 : 10}`;
  }),
  `srv-host=_few._tcp.${domain},one.${domain},22,0,0`,
  `srv-host=_gone._tcp.${domain}`,
  `txt-record=text.${domain},nothing`,
  `local=/${domain}/`,
  'local=/city.example/',
];

requireOrSkip(missing, 'servers by DNS SRV, from a real dnsmasq', () => {
  let folder: string;
  let dnsmasq: ChildProcess;
  let port: number;
  const silent: Socket = createSocket('udp4');
  const options = (change: Partial<SrvOptions> = {}): SrvOptions => ({
    resolvers: [{ address: '127.0.0.1', port }],
    search: [],
    ndots: 1,
    timeoutMs: 1_000,
    attempts: 2,
    limitMs: 5_000,
    ...change,
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-dns-'));
    port = await freePort();
    writeFileSync(join(folder, 'conf'), config.map((line) => `${line}\n`).join(''));
    dnsmasq = spawn(
      'dnsmasq',
      ['--keep-in-foreground', `--conf-file=${folder}/conf`, `--port=${port}`, '--listen-address=127.0.0.1']
        .concat(['--bind-interfaces', '--no-resolv', '--no-hosts', `--pid-file=${folder}/pid`, '--log-facility=-'])
        .concat(process.getuid?.() === 0 ? ['--user=root'] : []),
      { stdio: 'ignore' },
    );
    for (let tries = 0; tries < 50; tries++) {
      const up = await querySrv(`_few._tcp.${domain}`, options({ timeoutMs: 200 })).catch(() => undefined);
      if (up) break;
      await sleep(50);
    }
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    dnsmasq?.kill();
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('come all 30, though their answer does not fit into a datagram', async () => {
    const records = await querySrv(`_ldm._tcp.${domain}`, options());
    expect(records).toHaveLength(30);
    expect(new Set(records.map(({ target }) => target)).size).toBe(30);
  });

  it('are ordered by priority and weight, with the port of each record', async () => {
    const random = seededRandom(1);
    const list = await listBySrv(`_ldm._tcp.${domain}`, 22, random, options());
    const pools = list.servers.map(list.poolOf);
    expect(pools).toEqual([...pools].sort((a, b) => a - b));
    expect(list.servers.map(({ name }) => name)).toContain(`application-server-1.${domain}:2222`);
    let largeFirst = 0;
    for (let i = 0; i < 200; i++) {
      const [first] = (await listBySrv(`_ldm._tcp.${domain}`, 22, random, options())).servers;
      if (first && list.weightOf(first) === 50) largeFirst++;
    }
    // 5 servers of weight 50 beside 20 of weight 10.
    expect(largeFirst / 200).toBeGreaterThan(0.42);
    expect(largeFirst / 200).toBeLessThan(0.69);
  });

  it('come from the second resolver when the first is silent', async () => {
    const start = performance.now();
    const resolvers = [{ address: '127.0.0.1', port: silent.address().port }, ...options().resolvers];
    expect(await querySrv(`_ldm._tcp.${domain}`, options({ resolvers }))).toHaveLength(30);
    expect(performance.now() - start).toBeLessThan(900);
  });

  it('come from the next resolver at once when nothing listens at the first ones', async () => {
    // Several, for which a pause before each next one would add up.
    const deaf = await Promise.all(Array.from({ length: 5 }, freePort));
    const resolvers = [...deaf.map((port) => ({ address: '127.0.0.1', port })), ...options().resolvers];
    const start = performance.now();
    expect(await querySrv(`_ldm._tcp.${domain}`, options({ resolvers }))).toHaveLength(30);
    expect(performance.now() - start).toBeLessThan(900);
  });

  it('are found with the search list', async () => {
    expect(await querySrv('_few._tcp', options({ search: ['city.example', domain], ndots: 2 }))).toMatchObject([
      { target: `one.${domain}` },
    ]);
  });

  it.each([
    [`_gone._tcp.${domain}`, 'not-offered'],
    [`_nowhere._tcp.${domain}`, 'no-such-name'],
    [`text.${domain}`, 'no-records'],
  ])('are told not to be there: %s is %s', async (name, code) => {
    await expect(querySrv(name, options())).rejects.toMatchObject({ code });
  });
});

/** Free for UDP and TCP at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
