import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection } from 'ssh2';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { dial } from '../../../../src/servers/dial.js';
import { readFields, wireString } from '../../../../src/session/host-keys/host-key.js';
import { checkHostKey } from '../../../../src/session/host-keys/host-key-policy.js';
import { knownHosts, parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { openConnection } from '../../../../src/session/ssh/open-connection.js';
import type { VerifiedConnection } from '../../../../src/session/ssh/verified-connection.js';
import { createLog } from '../../../../src/shared/log/log.js';
import { Secret } from '../../../../src/shared/secret.js';
import { requireOrSkip } from '../../../support/require-or-skip.js';
import { interceptPackets } from '../../../support/ssh2-packets.js';
import { address } from '../../../support/statuses.js';

const certificateType = 'ssh-ed25519-cert-v01@openssh.com';
const kexReply = 31;

/** ssh2's server names a signature after the certificate, where PROTOCOL.certkeys wants the type of the key. */
function nameSignatures(connection: Connection): void {
  interceptPackets(connection, (payload, emit) => {
    if (payload[0] !== kexReply) return emit(payload);
    const [shown = '', own = '', signature = Buffer.alloc(0)] = readFields(payload.subarray(1));
    const [, bytes = ''] = readFields(signature);
    const named = Buffer.concat([wireString('ssh-ed25519'), wireString(bytes)]);
    emit(Buffer.concat([payload.subarray(0, 1), wireString(shown), wireString(own), wireString(named)]));
  });
}

/** By type; kept inside ssh2 (version 1.17). */
const hostKeysOf = (connection: Connection) =>
  (connection as unknown as { _protocol: { _hostKeys: Record<string, ssh2.ParsedKey> } })._protocol._hostKeys;

const missing = spawnSync('ssh-keygen', ['-?']).error && 'ssh-keygen is missing';

requireOrSkip(missing, 'A server that proves a key, with a certificate for it', () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);
  const blobOf = (name: string): Buffer => Buffer.from(readFileSync(file(name), 'utf8').split(' ')[1] ?? '', 'base64');
  const keygen = (...args: string[]): void => void execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'pipe' });
  const certify = (name: string): Buffer => {
    keygen('-s', file('authority'), '-I', 'app', '-h', '-n', '127.0.0.1', file(`${name}.pub`));
    return blobOf(`${name}-cert.pub`);
  };
  const ends: (() => void)[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-certificate-proof-'));
    for (const name of ['authority', 'own', 'other']) keygen('-t', 'ed25519', '-N', '', '-f', file(name));
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Holds the private key of a name, and shows the certificate. */
  function holder(name: string, certificate: Buffer): ssh2.ParsedKey {
    const key = ssh2.utils.parseKey(readFileSync(file(name)));
    if (key instanceof Error) throw key;
    key.type = certificateType as ssh2.KeyType;
    key.getPublicSSH = () => certificate;
    return key;
  }

  async function serve(key: ssh2.ParsedKey) {
    const heard: Buffer[] = [];
    let connected: Connection | undefined;
    const ssh = new ssh2.Server({ hostKeys: [{ key } as never] }, (connection) => {
      connected = connection;
      connection.on('error', () => {});
      nameSignatures(connection);
      connection.on('authentication', (context) => {
        heard.push(Buffer.from(context.username));
        if (context.method === 'password') context.accept();
        else context.reject(['password']);
      });
      connection.on('session', (accept) => accept().on('exec', (start) => start()));
    });
    const server = createServer((socket: Socket) => {
      ends.push(() => socket.destroy());
      socket.on('data', (data) => heard.push(Buffer.from(data)));
      ssh.injectSocket(socket);
    });
    ends.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    return {
      port,
      heard: () => Buffer.concat(heard).toString('latin1'),
      connection: () => connected as Connection,
    };
  }

  function open(port: number): Promise<VerifiedConnection> {
    const text = `@cert-authority * ${readFileSync(file('authority.pub'), 'utf8')}`;
    const server = address(`127.0.0.1:${port}`);
    return openConnection(server, {
      dial: (within) => dial('127.0.0.1', port, { timeoutMs: 5_000, signal: within }),
      timeoutMs: 5_000,
      hostKeyAlgorithms: [certificateType, 'ssh-ed25519'],
      checkHostKey: (key) =>
        checkHostKey(server, key, {
          known: knownHosts(parseKnownHosts(text, 'known_hosts').lines),
          policy: 'strict',
          minRsaBits: 2_048,
          learnInto: undefined,
          clock: Date.now,
          log: createLog(0, () => {}),
        }),
      signal: new AbortController().signal,
    });
  }

  const signIn = (verified: VerifiedConnection) =>
    verified.signIn(
      'annabel',
      new Secret('open-sesame'),
      { ask: async () => new Secret(''), tell: () => {} },
      new AbortController().signal,
    );

  it('is signed in to, and may renew the certificate in the session, but not change the key', async () => {
    const { port, connection } = await serve(holder('own', certify('own')));
    const session = await signIn(await open(port));
    const { channel, ended } = await session.run('true');
    channel.resume();
    const keys = hostKeysOf(connection());
    keys[certificateType] = holder('own', certify('own'));
    await new Promise<void>((resolve) => connection().rekey(() => resolve()));
    keys[certificateType] = holder('other', certify('other'));
    connection().rekey(() => {});
    expect(await ended).toMatchObject({ kind: 'lost', detail: expect.stringMatching(/denied/i) });
  });

  it.each([
    ['whose signature was altered', (bytes: Buffer) => bytes.length - 1],
    ['whose names were altered', (bytes: Buffer) => bytes.indexOf('127.0.0.1') + 8],
    ['whose serial number was altered', (bytes: Buffer) => bytes.indexOf('127.0.0.1') - 20],
  ])('is told no name when it shows a certificate %s', async (_, place) => {
    const altered = Buffer.from(certify('own'));
    const at = place(altered);
    altered[at] = (altered[at] ?? 0) ^ 1;
    const { port, heard } = await serve(holder('own', altered));
    await expect(open(port).then(signIn)).rejects.toMatchObject({ code: 'host-certificate-refused' });
    expect(heard()).toContain('SSH-2.0-');
    expect(heard()).not.toContain('annabel');
  });

  it('is told no name when it shows the certificate of a key that it does not hold', async () => {
    const { port, heard } = await serve(holder('other', certify('own')));
    await expect(open(port).then(signIn)).rejects.toMatchObject({ code: 'protocol' });
    expect(heard()).not.toContain('annabel');
  });
});
