import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EtcdAccess, openEtcd, toBase64 } from '../../src/protocol/etcd-gateway.js';

export const etcdMissing = spawnSync('etcd', ['--version']).error ? 'etcd (Debian package etcd-server)' : undefined;

/** A real etcd on loopback. */
export interface EtcdCluster {
  readonly endpoints: readonly string[];
  /** Ends one member as a power cut does. */
  readonly kill: (member: number) => Promise<void>;
  /** Stops one member without ending its connections, or lets it go on. */
  readonly signal: (member: number, signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Ends all members and starts a new cluster at the same endpoints, without the data of the old one. */
  readonly startAnew: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @param tls further options of etcd; the clients' URLs are https then */
export async function startEtcd(members: number, tls: readonly string[] = []): Promise<EtcdCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-etcd-'));
  const ports = await freePorts(2 * members);
  const scheme = tls.length > 0 ? 'https' : 'http';
  const client = (member: number): string => `${scheme}://127.0.0.1:${ports[2 * member]}`;
  const peer = (member: number): string => `http://127.0.0.1:${ports[2 * member + 1]}`;
  const numbers = Array.from({ length: members }, (_, i) => i);
  const all = numbers.map((member) => `m${member}=${peer(member)}`).join(',');
  const startMember = (member: number): ChildProcess =>
    spawn(
      'etcd',
      ['--name', `m${member}`, '--data-dir', join(folder, `m${member}`), '--initial-cluster', all]
        .concat(['--listen-client-urls', client(member), '--advertise-client-urls', client(member)])
        .concat(['--listen-peer-urls', peer(member), '--initial-advertise-peer-urls', peer(member)])
        .concat(['--heartbeat-interval', '50', '--election-timeout', '500', '--log-level', 'error'])
        .concat(['--logger', 'zap', ...tls]),
      { stdio: 'ignore' },
    );
  let processes = numbers.map(startMember);
  const kill = async (member: number): Promise<void> => {
    const child = processes[member];
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    endpoints: numbers.map(client),
    kill,
    signal: (member, signal) => processes[member]?.kill(signal),
    startAnew: async () => {
      await Promise.all(numbers.map(kill));
      for (const member of numbers) rmSync(join(folder, `m${member}`), { recursive: true, force: true });
      processes = numbers.map(startMember);
    },
    stop: async () => {
      await Promise.all(numbers.map(kill));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a member takes a write, which needs a leader. */
export async function etcdReady(access: EtcdAccess): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await etcdCall(access, '/v3/kv/put', { key: toBase64('/ready'), value: toBase64('yes') });
      return;
    } catch (error) {
      if (tries >= 100) throw error;
      await sleep(100);
    }
  }
}

/** Calls the first endpoint. */
export async function etcdCall(access: EtcdAccess, path: string, body: object): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(5_000);
  const call = await openEtcd(access, access.endpoints[0] ?? '', signal);
  return (await call(path, body, signal)) as Record<string, unknown>;
}

/** All free at one time, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' ? (address?.port ?? 0) : 0;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
