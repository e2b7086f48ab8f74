import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdAccess, toBase64 } from '../../src/protocol/etcd-gateway.js';
import { formatServerInfo, parseServerInfo } from '../../src/protocol/info-service.js';
import { defaultPrefix, etcdStatuses, readEtcd } from '../../src/servers/discovery/etcd.js';
import { type EtcdCluster, etcdCall, etcdMissing, etcdReady, startEtcd } from '../support/etcd.js';
import { requireOrSkip } from '../support/require-or-skip.js';

/** A usual server's answer: languages, sessions, ratings. */
function lines(rating: number): string {
  const languages = Array.from({ length: 40 }, (_, i) => `language:xx_${i}.UTF-8\n`).join('');
  const info = parseServerInfo(`${languages}session:/usr/bin/xfce4-session\nrating:${rating}\nage:300\ncapacity:70\n`);
  if (info === undefined) throw new Error('the lines are not understood');
  return formatServerInfo(info);
}
const put = (name: string, value: string, lease?: unknown) => ({
  key: toBase64(defaultPrefix + name),
  value: toBase64(value),
  ...(lease !== undefined && { lease }),
});

/** ms: a busy machine may hold up one of them or two. */
async function quickestOf3(act: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

requireOrSkip(etcdMissing, 'servers by a real etcd of three members', () => {
  let cluster: EtcdCluster;
  let access: EtcdAccess;
  const names = async (): Promise<string[]> => (await readEtcd(access, 22)).entries.map(({ server }) => server.name);

  beforeAll(async () => {
    cluster = await startEtcd(3);
    access = { endpoints: cluster.endpoints };
    await etcdReady(access);
  });
  afterAll(() => cluster.stop());

  it('are none at first', async () => {
    expect(await names()).toEqual([]);
  });

  it('come with what they tell; what is no server, or under another prefix, is left out', async () => {
    await etcdCall(access, '/v3/kv/put', put('a:2222', lines(40)));
    await etcdCall(access, '/v3/kv/put', put('down', `${lines(90)}ssh:down\n`));
    await etcdCall(access, '/v3/kv/put', put('no server', lines(1)));
    await etcdCall(access, '/v3/kv/put', put('silent', ''));
    await etcdCall(access, '/v3/kv/put', { key: toBase64('/ldm/server0'), value: toBase64(lines(1)) });
    const list = await readEtcd(access, 22);
    expect(list.skipped).toEqual([`${defaultPrefix}no server`, `${defaultPrefix}silent`]);
    expect(list.consistency).toBe('linearizable');
    expect(etcdStatuses(list, { askedAt: 5, ms: 2 })).toMatchObject([
      { server: { name: 'a:2222', port: 2222 }, state: 'up', rating: 40, ratingAgeMs: 300, askedAt: 5, address: null },
      { server: { name: 'down' }, state: 'down', reason: 'ssh-down' },
    ]);
  });

  it('vanish with their lease', async () => {
    const lease = await etcdCall(access, '/v3/lease/grant', { TTL: 2 });
    await etcdCall(access, '/v3/kv/put', put('mortal', lines(50), lease.ID));
    expect(await names()).toContain('mortal');
    await expect.poll(names, { timeout: 15_000, interval: 250 }).not.toContain('mortal');
  });

  it('are read in one go, 1,000 of them, within a second', async () => {
    for (let batch = 0; batch < 10; batch++) {
      const success = Array.from({ length: 100 }, (_, i) => ({
        request_put: put(`server-${batch * 100 + i}`, lines(i)),
      }));
      await etcdCall(access, '/v3/kv/txn', { success });
    }
    const ms = await quickestOf3(async () =>
      expect((await names()).filter((name) => name.startsWith('server-'))).toHaveLength(1_000),
    );
    expect(ms).toBeLessThan(1_000);
  });

  it('come from the next member within a second when the first hangs', async () => {
    cluster.signal(0, 'SIGSTOP');
    try {
      // Should the first have led, the others choose a new leader first.
      await expect.poll(async () => (await readEtcd(access, 22)).consistency, { timeout: 10_000 }).toBe('linearizable');
      expect(await quickestOf3(async () => expect(await names()).toContain('a:2222'))).toBeLessThan(1_000);
    } finally {
      cluster.signal(0, 'SIGCONT');
    }
  });

  it('come still when one member is dead, and from the last one when two are, as a single word of unknown age', async () => {
    await cluster.kill(0);
    await expect.poll(async () => (await readEtcd(access, 22)).consistency, { timeout: 10_000 }).toBe('linearizable');
    expect(await names()).toContain('a:2222');
    await cluster.kill(1);
    const list = await readEtcd(access, 22);
    expect(list.consistency).toBe('serializable');
    expect(etcdStatuses(list, { askedAt: 0, ms: 0 })[0]).toMatchObject({ rating: 40, ratingAgeMs: null });
  });

  it('are told to be out of reach, each member with its reason, when all are dead', async () => {
    await cluster.kill(2);
    await expect(readEtcd(access, 22)).rejects.toMatchObject({
      code: 'no-answer',
      message: expect.stringMatching(/ECONNREFUSED.*ECONNREFUSED.*ECONNREFUSED/),
    });
  });
});

requireOrSkip(etcdMissing, 'an etcd with TLS and users', () => {
  let cluster: EtcdCluster;
  let folder: string;
  let access: EtcdAccess;
  const openssl = (...words: string[]): unknown => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-etcd-tls-'));
    const newKey = ['req', '-newkey', 'rsa:2048', '-nodes'];
    openssl(...newKey, '-x509', '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca');
    writeFileSync(join(folder, 'ext'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
    for (const [name, subject] of Object.entries({ server: '/O=etcd', client: '/O=clients', named: '/CN=root' })) {
      openssl(...newKey, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const sign = [
        'x509',
        '-req',
        '-CA',
        'ca',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'ext',
      ];
      openssl(...sign, '-in', `${name}.csr`, '-out', name);
    }
    const file = (name: string): string => join(folder, name);
    cluster = await startEtcd(1, [
      ...['--cert-file', file('server'), '--key-file', file('server.key')],
      ...['--client-cert-auth', '--trusted-ca-file', file('ca')],
    ]);
    access = { endpoints: cluster.endpoints, tls: { ca: pem('ca'), cert: pem('client'), key: pem('client.key') } };
    await etcdReady(access);
    await etcdCall(access, '/v3/kv/put', put('a', lines(40)));
    await etcdCall(access, '/v3/auth/user/add', { name: 'root', password: 'root-secret' });
    await etcdCall(access, '/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcdCall(access, '/v3/auth/enable', {});
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives its servers to who has a certificate and the password', async () => {
    const list = await readEtcd({ ...access, user: { name: 'root', password: 'root-secret' } }, 22);
    expect(list.entries.map(({ server }) => server.name)).toEqual(['a']);
  });

  it('passes on the message of etcd that it wants a certificate without a common name', async () => {
    const tls = { ca: pem('ca'), cert: pem('named'), key: pem('named.key') };
    await expect(readEtcd({ ...access, tls, user: { name: 'root', password: 'root-secret' } }, 22)).rejects.toThrow(
      'CommonName',
    );
  });

  it('refuses a wrong password and a missing one, and the error holds no password', async () => {
    const wrong = { ...access, user: { name: 'root', password: 'guess-1234' } };
    await expect(readEtcd(wrong, 22)).rejects.toMatchObject({
      code: 'refused',
      message: expect.not.stringContaining('guess-1234'),
    });
    await expect(readEtcd(access, 22)).rejects.toMatchObject({ code: 'refused' });
  });

  it('is not believed with a certificate of an unknown authority, nor let in without one of ours', async () => {
    const user = { name: 'root', password: 'root-secret' };
    await expect(readEtcd({ endpoints: access.endpoints, user }, 22)).rejects.toMatchObject({ code: 'no-answer' });
    const without = { endpoints: access.endpoints, user, tls: { ca: pem('ca') } };
    await expect(readEtcd(without, 22)).rejects.toMatchObject({ code: 'no-answer' });
  });
});

describe('what is no etcd', () => {
  it.each([
    ['another web server', 200, '<html>'],
    ['JSON of another kind', 200, '{"hello":"world"}'],
    ['an error page', 404, 'not found'],
  ])('is told so: %s', async (_, status, body) => {
    const server = createHttpServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(readEtcd({ endpoints: [endpoint] }, 22)).rejects.toMatchObject({ code: 'not-understood' });
    server.close();
  });

  it('that never ends its answer is given up in bounded time', async () => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write(' '.repeat(1_000_000)), 5);
      response.on('close', () => clearInterval(more));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const start = performance.now();
    await expect(readEtcd({ endpoints: [endpoint] }, 22)).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(4_500);
    server.close();
    await sleep(0);
  });
});
