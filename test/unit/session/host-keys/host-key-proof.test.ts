import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection } from 'ssh2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dial } from '../../../../src/servers/dial.js';
import { checkHostKey } from '../../../../src/session/host-keys/host-key-policy.js';
import { type HostKeyCheck, HostKeyProof } from '../../../../src/session/host-keys/host-key-proof.js';
import { fingerprint, knownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { SessionError } from '../../../../src/session/session-error.js';
import { openConnection } from '../../../../src/session/ssh/open-connection.js';
import type { VerifiedConnection } from '../../../../src/session/ssh/verified-connection.js';
import { createLog } from '../../../../src/shared/log/log.js';
import { Secret } from '../../../../src/shared/secret.js';
import { parseServerAddress } from '../../../../src/shared/server-address.js';
import { certify, ed25519 } from '../../support/public-keys.js';

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

describe('the way from a key to its proof', () => {
  const key = ed25519().wire;
  const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const refusal = new SessionError('host-key-changed', 'another key');

  /** Shows a key, and gives what ssh2 is answered. */
  async function show(check: () => Promise<HostKeyCheck>, steps: (proof: HostKeyProof) => void = () => {}) {
    const answers: boolean[] = [];
    const proof = new HostKeyProof(check);
    proof.shown(key, (accepted) => answers.push(accepted));
    steps(proof);
    await soon();
    const again = (other: Buffer): boolean[] => {
      const given: boolean[] = [];
      proof.shown(other, (accepted) => given.push(accepted));
      return given;
    };
    return { proof, answers, again };
  }

  it('ends with the proof of an accepted key, once the handshake is through', async () => {
    const onProof = vi.fn(async () => {});
    const { proof, answers } = await show(async () => ({ accepted: true, onProof }));
    expect(answers).toEqual([true]);
    await expect(proof.complete()).rejects.toMatchObject({ code: 'protocol' });
    expect(onProof).not.toHaveBeenCalled();
    proof.handshakeThrough();
    await proof.complete();
    expect(onProof).toHaveBeenCalledOnce();
    expect(proof.refusal).toBeUndefined();
  });

  it('ends without anything to do where the decision asks for nothing', async () => {
    const { proof } = await show(async () => ({ accepted: true }));
    proof.handshakeThrough();
    await expect(proof.complete()).resolves.toBeUndefined();
  });

  it('ends at a refusal, or at a decision that fails', async () => {
    const refused = await show(async () => ({ accepted: false, error: refusal }));
    expect(refused.answers).toEqual([false]);
    expect(refused.proof.refusal).toBe(refusal);
    const failed = await show(() => Promise.reject(new Error('no file')));
    expect(failed.answers).toEqual([false]);
    expect(failed.proof.refusal).toMatchObject({ code: 'protocol', detail: 'no file' });
  });

  it('takes no second key before the handshake is through, and then the same alone', async () => {
    const { proof, again } = await show(async () => ({ accepted: true }));
    expect(again(key)).toEqual([false]);
    proof.handshakeThrough();
    expect(again(key)).toEqual([true]);
    expect(again(certify(ed25519(), key))).toEqual([true]);
    expect(again(ed25519().wire)).toEqual([false]);
  });

  it('has no answer once the connection has failed', async () => {
    const { answers } = await show(
      async () => ({ accepted: true }),
      (proof) => proof.giveUp(),
    );
    expect(answers).toEqual([]);
  });

  it('keeps the error of an answer that nobody takes any more, unless the key was refused', async () => {
    const throwing = async (check: HostKeyCheck): Promise<HostKeyProof> => {
      const proof = new HostKeyProof(async () => check);
      proof.shown(key, () => {
        throw new Error('Not connected');
      });
      await soon();
      return proof;
    };
    expect((await throwing({ accepted: true })).refusal).toMatchObject({ code: 'closed', detail: 'Not connected' });
    expect((await throwing({ accepted: false, error: refusal })).refusal).toBe(refusal);
  });
});
