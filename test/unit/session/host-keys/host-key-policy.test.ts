import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprint } from '../../../../src/session/host-keys/host-key.js';
import { checkHostKey, type HostKeyDependencies } from '../../../../src/session/host-keys/host-key-policy.js';
import { knownHosts, parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { createLog } from '../../../../src/shared/log/log.js';
import { address } from '../../../support/statuses.js';
import { ed25519, keyLine, rsa as rsaKey } from '../../support/public-keys.js';

const [own, other] = [ed25519().wire, ed25519().wire];
const rsa = rsaKey(2_048).wire;
const line = (key: Buffer, marker = ''): string => keyLine(`${marker}app1`, key);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ldm-policy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The decision on a key of app1, in a word: `accepted`, `learns`, or the code of the refusal. */
async function decide(key: Buffer, lines: readonly string[], more: Partial<HostKeyDependencies> = {}) {
  const log: string[] = [];
  const check = await checkHostKey(address('app1'), key, {
    known: knownHosts(parseKnownHosts(lines.join('\n'), 'known').lines),
    policy: 'strict',
    minRsaBits: 2_048,
    learnInto: join(folder, 'learned'),
    clock: Date.now,
    log: createLog(7, (text) => log.push(text)),
    ...more,
  });
  const verdict = check.accepted ? (check.onProof ? 'learns' : 'accepted') : check.error.code;
  return { verdict, check, log: () => log.join('') };
}
const verdictOn = async (...given: Parameters<typeof decide>): Promise<string> => (await decide(...given)).verdict;
const inDns = (key: Buffer) => async () => [
  { algorithm: 4, hash: 2, fingerprint: createHash('sha256').update(key).digest() },
];

describe('the host key policy', () => {
  it('accepts a key that is known, and asks nobody else', async () => {
    const dnsFingerprints = vi.fn(inDns(other));
    expect(await verdictOn(own, [line(own)], { dnsFingerprints })).toBe('accepted');
    expect(dnsFingerprints).not.toHaveBeenCalled();
  });

  it.each(['strict', 'accept-new'] as const)('refuses a changed and a revoked key under %s', async (policy) => {
    const { verdict, log } = await decide(own, [line(other)], { policy });
    expect(verdict).toBe('host-key-changed');
    expect(log()).toMatch(
      /^error host-key-changed server=app1 port=22 type=ssh-ed25519 fingerprint=SHA256:\S+ detail="known:1/,
    );
    expect(await verdictOn(own, [line(own), line(own, '@revoked ')], { policy })).toBe('host-key-revoked');
  });

  it('refuses an unknown key under strict', async () => {
    const { verdict, check, log } = await decide(own, []);
    expect(verdict).toBe('host-key-unknown');
    expect(log()).toContain('detail="no key is known"');
    expect(check.accepted ? '' : check.error.detail).toContain(`ssh-ed25519 ${fingerprint(own)}`);
  });

  it('learns the key of an unknown host under accept-new, once it is proved', async () => {
    const file = join(folder, 'proved');
    const { verdict, check } = await decide(own, [], { policy: 'accept-new', learnInto: file });
    expect(verdict).toBe('learns');
    expect(() => readFileSync(file)).toThrow('ENOENT');
    if (check.accepted) await check.onProof?.();
    expect(readFileSync(file, 'utf8')).toBe(`${line(own)}\n`);
  });

  it('never learns a second key of a known host', async () => {
    const { verdict, log } = await decide(own, [line(rsa)], { policy: 'accept-new' });
    expect(verdict).toBe('host-key-unknown');
    expect(log()).toContain('only keys of type ssh-rsa are known');
  });

  it('learns nothing where there is no file for it', async () => {
    expect(await verdictOn(own, [], { policy: 'accept-new', learnInto: undefined })).toBe('host-key-unknown');
  });

  it('keeps the reason as the cause where a key cannot be written down', async () => {
    const { check, log } = await decide(own, [], { policy: 'accept-new', learnInto: '/proc/learned' });
    const learning = check.accepted ? check.onProof?.() : undefined;
    await expect(learning).rejects.toMatchObject({ code: 'host-key-unknown', cause: { code: expect.any(String) } });
    expect(log()).toContain('error host-key-not-learned');
  });

  it('follows DNSSEC where no file knows the host', async () => {
    expect(await verdictOn(own, [], { dnsFingerprints: inDns(own) })).toBe('accepted');
    expect(await verdictOn(own, [], { dnsFingerprints: inDns(other), policy: 'accept-new' })).toBe('host-key-changed');
    expect(await verdictOn(own, [], { dnsFingerprints: async () => [], policy: 'accept-new' })).toBe('learns');
  });

  it('takes no proof from a fingerprint in DNS that is of SHA-1, of another type or too short', async () => {
    const [right] = await inDns(own)();
    if (right === undefined) throw new Error('no fingerprint');
    const sha1 = { ...right, hash: 1, fingerprint: createHash('sha1').update(own).digest() };
    for (const wrong of [sha1, { ...right, algorithm: 1 }, { ...right, algorithm: 3 }]) {
      expect(await verdictOn(own, [], { dnsFingerprints: async () => [wrong] })).toBe('host-key-unknown');
    }
    const short = { ...right, fingerprint: right.fingerprint.subarray(1) };
    expect(await verdictOn(own, [], { dnsFingerprints: async () => [short] })).toBe('host-key-changed');
    expect(await verdictOn(own, [], { dnsFingerprints: async () => [short, right] })).toBe('accepted');
  });

  it('refuses a revoked key whose fingerprint is in DNS', async () => {
    const revoked = [line(own, '@revoked ')];
    expect(await verdictOn(own, revoked, { dnsFingerprints: inDns(own) })).toBe('host-key-revoked');
  });

  it('lets the files take precedence over DNS', async () => {
    const dnsFingerprints = vi.fn(inDns(own));
    expect(await verdictOn(own, [line(other)], { dnsFingerprints })).toBe('host-key-changed');
    expect(await verdictOn(own, [line(rsa)], { dnsFingerprints })).toBe('host-key-unknown');
    expect(dnsFingerprints).not.toHaveBeenCalled();
  });

  it('refuses a short RSA key though it is known, and accepts one of exactly the minimum', async () => {
    const lines = [line(rsa)];
    expect(await verdictOn(rsa, lines, { minRsaBits: 2_049 })).toBe('host-key-weak');
    expect(await verdictOn(rsa, lines, { minRsaBits: 2_048 })).toBe('accepted');
  });

  it('names a short key revoked where it is', async () => {
    const lines = [line(rsa, '@revoked ')];
    expect(await verdictOn(rsa, lines, { minRsaBits: 4_096 })).toBe('host-key-revoked');
  });
});
