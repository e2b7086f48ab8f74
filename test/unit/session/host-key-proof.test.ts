import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { dial } from '../../../src/servers/dial.js';
import { checkHostKey } from '../../../src/session/host-keys/host-key-policy.js';
import type { HostKeyCheck } from '../../../src/session/host-keys/host-key-proof.js';
import { fingerprint, knownHosts } from '../../../src/session/host-keys/known-hosts.js';
import { SessionError } from '../../../src/session/session-error.js';
import { openConnection } from '../../../src/session/ssh/open-connection.js';
import type { VerifiedConnection } from '../../../src/session/ssh/verified-connection.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';

/** Servers that cheat in the key exchange. They are ssh2's own, bent where its protocol keeps its state. */
interface Kex {
  finish: (half?: boolean) => void;
}
interface Protocol {
  _kex: Kex;
  _hostKeys: Record<string, ssh2.ParsedKey>;
  serviceAccept(name: string): void;
}
const protocolOf = (connection: Connection): Protocol => (connection as unknown as { _protocol: Protocol })._protocol;

function newKey(): ssh2.ParsedKey {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return key;
}
const [ownKey, otherKey] = [newKey(), newKey()];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Every byte that came in, and what the server made of it. */
async function serve(key: ssh2.ParsedKey, onConnection: (connection: Connection) => void) {
  const heard: Buffer[] = [];
  const requests: string[] = [];
  const ssh = new ssh2.Server({ hostKeys: [{ key } as never] }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', (context) => {
      requests.push(`${context.username} ${context.method}`);
      if (context.method === 'password') context.accept();
      else context.reject(['password']);
    });
    onConnection(connection);
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (data) => heard.push(Buffer.from(data)));
    ssh.injectSocket(socket);
  });
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, requests, heard: () => Buffer.concat(heard).toString('latin1') };
}

function addressOf(port: number) {
  const server = parseServerAddress(`127.0.0.1:${port}`, 22);
  if (!server) throw new Error('not an address');
  return server;
}

function open(port: number, check: (key: Buffer) => Promise<HostKeyCheck>): Promise<VerifiedConnection> {
  return openConnection(addressOf(port), {
    dial: (within) => dial('127.0.0.1', port, { timeoutMs: 3_000, signal: within }),
    timeoutMs: 3_000,
    hostKeyAlgorithms: ['rsa-sha2-512'],
    checkHostKey: check,
    signal: new AbortController().signal,
  });
}

/** Signs in and gives up everything it has, as soon as it may. */
async function signIn(verified: VerifiedConnection) {
  const promptHandler = { ask: async () => new Secret('tell-me-all'), tell: () => {} };
  return verified.signIn('annabel', new Secret('open-sesame'), promptHandler, new AbortController().signal);
}

/** Learns whatever has been proved. */
async function acceptNew(port: number) {
  const folder = await mkdtemp(join(tmpdir(), 'ldm-learn-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const learnInto = join(folder, 'learned');
  const lines: string[] = [];
  const dependencies = {
    known: knownHosts([]),
    policy: 'accept-new',
    learnInto,
    log: createLog(7, (l) => lines.push(l)),
  };
  return {
    check: (key: Buffer) => checkHostKey(addressOf(port), key, dependencies as never),
    learned: () => readFile(learnInto, 'utf8').catch(() => undefined),
    lines,
  };
}

describe('a host key', () => {
  it('that is shown and not held is neither believed nor learned', async () => {
    const forged = newKey();
    forged.getPublicSSH = () => otherKey.getPublicSSH();
    const { port, requests } = await serve(forged, () => {});
    const { check, learned } = await acceptNew(port);
    await expect(open(port, check)).rejects.toMatchObject({ code: 'protocol' });
    expect(requests).toEqual([]);
    expect(await learned()).toBeUndefined();
  });

  it('that is proved is learned under accept-new, once, with a line for the administrator', async () => {
    const { port } = await serve(ownKey, () => {});
    const { check, learned, lines } = await acceptNew(port);
    const verified = await open(port, check);
    expect(await learned()).toBe(`[127.0.0.1]:${port} ssh-rsa ${ownKey.getPublicSSH().toString('base64')}\n`);
    expect(lines.join('')).toContain(`fingerprint=${fingerprint(ownKey.getPublicSSH())}`);
    verified.close();
  });

  it('that cannot be written down under accept-new is not signed in to', async () => {
    const { port, requests } = await serve(ownKey, () => {});
    const { lines } = await acceptNew(port);
    const log = createLog(7, (l) => lines.push(l));
    const dependencies = {
      known: knownHosts([]),
      policy: 'accept-new',
      minRsaBits: 2_048,
      learnInto: '/proc/learned',
      clock: Date.now,
      log,
    } as const;
    const opened = open(port, (key) => checkHostKey(addressOf(port), key, dependencies));
    await expect(opened).rejects.toMatchObject({ code: 'host-key-unknown' });
    expect(requests).toEqual([]);
    expect(lines.join('')).toMatch(/^error host-key-not-learned .*file=\/proc\/learned/m);
  });

  it.each([0, 200])('that is judged for %i ms keeps the name in, though the server asks for it at once', async (ms) => {
    // The server encrypts and speaks of sign-ins right behind its key, without waiting for the client's half.
    const { port, heard } = await serve(ownKey, (connection) => {
      const protocol = protocolOf(connection);
      let kex: Kex | undefined = protocol._kex;
      Object.defineProperty(protocol, '_kex', {
        get: () => kex,
        set(next: Kex) {
          kex = next;
          const finish = next.finish.bind(next);
          next.finish = () => {
            finish();
            next.finish(true);
            next.finish();
            protocol.serviceAccept('ssh-userauth');
          };
        },
      });
    });
    const error = new SessionError('host-key-changed', 'another key');
    const opened = open(port, async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { accepted: false, error };
    });
    const code = await opened.then(signIn).then(
      () => 'signed in',
      (thrown: SessionError) => thrown.code,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard()).toContain('SSH-2.0-');
    expect(heard()).not.toContain('annabel');
    expect(heard()).not.toContain('open-sesame');
    expect(['host-key-changed', 'protocol']).toContain(code);
  });

  it('stays the same for the whole connection: the same is judged once, another ends it', async () => {
    let server: Connection | undefined;
    const { port } = await serve(ownKey, (connection) => {
      server = connection;
      connection.on('session', (accept) => {
        accept().on('exec', (start) => start());
      });
    });
    let judged = 0;
    const verified = await open(port, async () => {
      judged += 1;
      return { accepted: true };
    });
    const connection = await signIn(verified);
    const { channel, ended } = await connection.run('true');
    channel.resume();
    await new Promise<void>((resolve) => server?.rekey(() => resolve()));
    expect(judged).toBe(1);
    if (server) protocolOf(server)._hostKeys['rsa-sha2-512'] = otherKey;
    server?.rekey(() => {});
    expect(await ended).toMatchObject({ kind: 'lost', detail: expect.stringMatching(/denied/i) });
    expect(judged).toBe(1);
  });
});
