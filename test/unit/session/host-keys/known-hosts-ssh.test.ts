import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newHostKey } from '../../../../src/demo/cluster/host-key.js';
import { hostKeyAlgorithms, keyType, typeOfAlgorithm } from '../../../../src/session/host-keys/host-key.js';
import { knownHosts, parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { lookupName } from '../../../../src/session/host-keys/known-hosts-line.js';
import { requireOrSkip } from '../../../support/require-or-skip.js';
import { hashedName } from '../../support/hashed-name.js';

const missing = spawnSync('ssh', ['-V']).error && 'ssh is missing';

function parsed(pem: string): ssh2.ParsedKey {
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return key;
}
const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
const own = { ed25519: newHostKey().private, ecdsa };
const shown = [parsed(own.ed25519), parsed(own.ecdsa)];
const others = [
  parsed(newHostKey().private),
  parsed(ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private),
  parsed(ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private),
];
const publicLine = (key: ssh2.ParsedKey): string => `${key.type} ${key.getPublicSSH().toString('base64')}`;

/** Few names, so that lines and questions meet. */
const names = fc.constantFrom('app1', 'app2', 'a.school.example', '10.0.0.1', '2001:db8::1');
const ports = fc.constantFrom(22, 22, 2222);
const written = fc.tuple(names, ports).map(([name, port]) => lookupName(name, port));
const pattern = fc.oneof(
  { weight: 6, arbitrary: written },
  { weight: 1, arbitrary: fc.constantFrom('app*', '*', '*.school.example', 'app?', '[app*]:2222', 'APP1') },
);
const list = fc
  .array(fc.tuple(fc.constantFrom('', '', '', '', '!'), pattern), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => part.join('')).join(','));
const hashed = hashedName(written);
const keyLine = fc
  .tuple(
    fc.constantFrom('', '', '', '', '', '@revoked ', '@cert-authority '),
    fc.oneof({ weight: 5, arbitrary: list }, { weight: 1, arbitrary: hashed }),
    fc.constantFrom(' ', '  ', '\t'),
    fc.constantFrom(...shown, ...shown, ...others).map(publicLine),
    fc.constantFrom('', '', ' comment', '\r'),
  )
  .map((parts) => parts.join(''));
const file = fc.array(keyLine, { minLength: 1, maxLength: 6 }).map((lines) => `${lines.join('\n')}\n`);

requireOrSkip(missing, 'Against ssh itself', () => {
  let folder = '';
  const servers: NetServer[] = [];
  const listening: number[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldm-known-hosts-'));
    // Any name and any port lead to our servers.
    await writeFile(
      join(folder, 'proxy.cjs'),
      `const socket = require('node:net').connect(Number(process.argv[2]), '127.0.0.1');
       process.stdin.on('end', () => process.exit()).pipe(socket).pipe(process.stdout);`,
    );
    for (const hostKeys of [[own.ed25519, own.ecdsa], [own.ed25519]]) {
      const server = new ssh2.Server({ hostKeys }, (client) => {
        client.on('error', () => {});
        client.on('authentication', (context) => context.reject(['password']));
      }) as unknown as NetServer;
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      servers.push(server);
      listening.push((server.address() as AddressInfo).port);
    }
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** On port 22 a server with two keys; elsewhere with one, for ssh does not ask for the type known by the plain name. */
  const serverOf = (port: number): number => (port === 22 ? 0 : 1);

  function ssh(knownHostsFile: string, host: string, port: number): Promise<'accepted' | 'refused'> {
    const proxy = `${process.execPath} ${folder}/proxy.cjs ${listening[serverOf(port)]}`;
    const options = {
      BatchMode: 'yes',
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: knownHostsFile,
      GlobalKnownHostsFile: 'none',
      UpdateHostKeys: 'no',
      ProxyCommand: proxy,
      ConnectTimeout: '30',
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return new Promise((resolve, reject) => {
      execFile('ssh', ['-F', 'none', ...words, '-p', String(port), '-l', 'nobody', host, 'true'], (_, out, error) => {
        if (error.includes('Permission denied')) resolve('accepted');
        else if (/Host key verification failed/.test(error)) resolve('refused');
        else reject(new Error(`${out}${error}`));
      });
    });
  }

  function ours(text: string, host: string, port: number): string {
    const known = knownHosts(parseKnownHosts(text, 'known_hosts').lines);
    const keys = shown.slice(0, serverOf(port) === 0 ? 2 : 1).map((key) => key.getPublicSSH());
    const types = hostKeyAlgorithms(known.keyTypes(host, port)).map(typeOfAlgorithm);
    const key = types.flatMap((type) => keys.filter((one) => keyType(one) === type))[0];
    if (key === undefined) throw new Error('no key in common');
    return known.verdict(host, port, key).kind;
  }

  it('the same servers are accepted', { timeout: 300_000 }, async () => {
    let runs = 0;
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(file, fc.array(fc.tuple(names, ports), { minLength: 3, maxLength: 3 }), async (text, asked) => {
        const path = join(folder, `known_hosts${runs++}`);
        await writeFile(path, text);
        await Promise.all(
          asked.map(async ([host, port]) => {
            const theirs = await ssh(path, host, port);
            const verdict = ours(text, host, port);
            seen[theirs] += 1;
            // docs/host-keys.md: a key that is revoked by the plain name is refused on every port.
            if (port !== 22 && verdict === 'revoked') return;
            expect(`${host} ${port} ${verdict === 'known' ? 'accepted' : 'refused'}`).toBe(`${host} ${port} ${theirs}`);
          }),
        );
      }),
      { numRuns: 40, endOnFailure: true },
    );
    // Files that never know a server would prove nothing.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(10);
  });
});
