import { execFile, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { lookupName, matchesHost } from '../../../../src/session/host-keys/known-hosts-line.js';
import { requireOrSkip } from '../../../support/require-or-skip.js';
import { hashedName } from '../../support/hashed-name.js';

const missing = spawnSync('ssh-keygen', ['-?']).error && 'ssh-keygen is missing';
const base64 = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const key = `ssh-ed25519 ${base64}`;
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 0xff]), bytes]);
const rsaKey = Buffer.concat([
  part(Buffer.from('ssh-rsa')),
  part(Buffer.from(e, 'base64url')),
  part(Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')])),
]).toString('base64');
/** Keys as people and programs write them, and as nobody should. */
const keys = fc.constantFrom(
  key,
  key,
  `ssh-rsa ${rsaKey}`,
  `rsa-sha2-512 ${rsaKey}`,
  `rsa-sha2-256  ${rsaKey}`,
  `ssh-ed25519\t${base64}`,
  `${key} by hand, # 2024`,
  `rsa ${rsaKey}`,
  `ED25519 ${base64}`,
  `ssh-rsa ${base64}`,
  `ssh-ed25519 ${base64.slice(0, -4)}`,
  `ssh-ed25519 ${base64.slice(0, -1)}=`,
  `ssh-ed25519 ${base64}=`,
  `${key}#`,
  'ssh-ed25519',
  '1024 35 1234567890123',
  '',
);

/** Few names, alike, so that patterns meet them often. */
const hostName = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a.b',
  'ab.a',
  'b.ab.a',
  '10.0.0.1',
  '10.0.0.12',
  '2001:db8::1',
  '::1',
);
const port = fc.constantFrom(22, 22, 22, 2222, 23);
const host = fc.tuple(hostName, port);
const written = host.map(([name, at]) => lookupName(name, at));
const mixedCase = written.map((name) => name.replace(/^a/, 'A').replace(/b$/, 'B'));
const wildcard = fc
  .tuple(written, fc.array(fc.tuple(fc.nat(12), fc.constantFrom('*', '?', '*?', '**')), { minLength: 1, maxLength: 3 }))
  .map(([name, holes]) => holes.reduce((text, [at, hole]) => text.slice(0, at) + hole + text.slice(at + 1), name));
const pattern = fc.oneof(mixedCase, wildcard);
const list = fc
  .array(fc.tuple(fc.constantFrom('', '', '', '!'), pattern), { minLength: 1, maxLength: 4 })
  .filter((parts) => parts.some(([not]) => not === ''))
  .map((parts) => parts.map((part) => part.join('')).join(','));
const hashed = hashedName(written);
const blank = fc.constantFrom('', '', ' ', '\t ');
const end = fc.constantFrom('', '', ' ', '\t', '\r', ' \r', '\v');
const keyLine = fc
  .tuple(
    fc.oneof(blank, fc.constant('\u00a0')),
    fc.constantFrom('', '', '', '', '', '@revoked ', '@cert-authority  ', '@REVOKED ', '@revoked @revoked ', '@'),
    fc.oneof(
      list,
      list,
      list.map((names) => `schüler,${names},`),
      list.map((names) => `${'x'.repeat(1_022 + (names.length % 2))},${names}`),
      hashed,
    ),
    fc.constantFrom(' ', '\t', '  '),
    fc.oneof({ weight: 2, arbitrary: fc.constant(key) }, { weight: 1, arbitrary: keys }),
    end,
  )
  .map((parts) => parts.join(''));
const file = fc.array(
  fc.oneof({ weight: 8, arbitrary: keyLine }, { weight: 1, arbitrary: fc.constantFrom('', '# a,b') }),
  {
    minLength: 3,
    maxLength: 20,
    size: 'max',
  },
);

/** The lines that ssh-keygen finds for a name, with what it says of each. */
function sshKeygen(path: string, name: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile('ssh-keygen', ['-l', '-F', name, '-f', path], (error, output) => {
      if (error && error.code !== 1) reject(error);
      else resolve([...output.matchAll(/found: line (\d+) ?(\w*)/g)].map(([, line, what]) => `${line} ${what}`));
    });
  });
}

function ours(text: string, name: string): string[] {
  const what = { none: '', revoked: 'REVOKED', 'cert-authority': 'CA' };
  return parseKnownHosts(text, 'kh')
    .lines.filter(({ hosts }) => matchesHost(hosts, name))
    .map(({ at, marker }) => `${at.line} ${what[marker]}`);
}

requireOrSkip(missing, 'Against ssh-keygen -F', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldm-oracle-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('the same lines match the same hosts: plain, hashed, wildcard, refused, port, revoked, authority', async () => {
    let runs = 0;
    let matches = 0;
    await fc.assert(
      fc.asyncProperty(file, fc.array(host, { minLength: 3, maxLength: 3 }), async (lines, hosts) => {
        const path = join(folder, `kh${runs++}`);
        const text = `${lines.join('\n')}\n`;
        await writeFile(path, text);
        const names = hosts.map(([name, at]) => lookupName(name, at));
        const theirs = await Promise.all(names.map((name) => sshKeygen(path, name)));
        matches += theirs.flat().length;
        expect(names.map((name) => ours(text, name))).toEqual(theirs);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    // A test whose names never meet a pattern would prove nothing.
    expect(matches).toBeGreaterThan(20);
  }, 60_000);

  it('a file that ssh-keygen -H has hashed matches the same hosts as before', async () => {
    const path = join(folder, 'hashed');
    const text = `app1,10.0.0.1 ${key}\n[app2]:2222,[10.0.0.2]:2222 ${key}\n`;
    await writeFile(path, text);
    expect(spawnSync('ssh-keygen', ['-H', '-f', path]).status).toBe(0);
    const { lines } = parseKnownHosts(await readFile(path, 'utf8'), path);
    expect(lines).toHaveLength(4);
    const found = ['app1', '10.0.0.1', '[app2]:2222', '[10.0.0.2]:2222', 'app2', 'APP1'].map(
      (name) => lines.filter(({ hosts }) => matchesHost(hosts, name)).length,
    );
    expect(found).toEqual([1, 1, 1, 1, 0, 0]);
  });
});
