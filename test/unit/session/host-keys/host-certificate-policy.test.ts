import { describe, expect, it } from 'vitest';
import { checkHostKey, type HostKeyDependencies } from '../../../../src/session/host-keys/host-key-policy.js';
import { knownHosts, parseKnownHosts } from '../../../../src/session/host-keys/known-hosts.js';
import { createLog } from '../../../../src/shared/log/log.js';
import { address } from '../../../support/statuses.js';
import { certify, ed25519, keyLine, rsa } from '../../support/public-keys.js';

const authority = ed25519();
const key = ed25519().wire;
const largeRsa = rsa(2_048);
const trusted = keyLine('@cert-authority app1', authority.wire);
const now = Date.UTC(2030, 0, 1);
const seconds = BigInt(now / 1_000);

/** The decision on a certificate of app1, and what the administrator reads. */
async function decide(certificate: Buffer, lines: readonly string[], more: Partial<HostKeyDependencies> = {}) {
  const log: string[] = [];
  const check = await checkHostKey(address('app1'), certificate, {
    known: knownHosts(parseKnownHosts(lines.join('\n'), 'known').lines),
    policy: 'strict',
    minRsaBits: 2_048,
    learnInto: '/nowhere/learned',
    clock: () => now,
    log: createLog(7, (text) => log.push(text)),
    ...more,
  });
  return { verdict: check.accepted ? (check.onProof ? 'learns' : 'accepted') : check.error.code, log: log.join('') };
}
const verdictOn = async (...given: Parameters<typeof decide>): Promise<string> => (await decide(...given)).verdict;

describe('a certificate of a host', () => {
  it('is accepted from an authority that is known for this host', async () => {
    const { verdict, log } = await decide(certify(authority, key), [trusted]);
    expect(verdict).toBe('accepted');
    expect(log).toMatch(/^info host-certificate-accepted server=app1 port=22 id="the id" serial=7 /);
  });

  it('is refused from an authority that is known for no host, or for another', async () => {
    const others = [keyLine('@cert-authority app1', ed25519().wire), keyLine('@cert-authority app2', authority.wire)];
    const { verdict, log } = await decide(certify(authority, key), others);
    expect(verdict).toBe('host-certificate-refused');
    expect(log).toMatch(/warn host-certificate-unusable .*names=app1 .*problem=unknown-authority/);
  });

  it('may be from any of several authorities', async () => {
    expect(await verdictOn(certify(authority, key), [keyLine('@cert-authority *', ed25519().wire), trusted])).toBe(
      'accepted',
    );
  });

  it('that is damaged is refused', async () => {
    expect(await verdictOn(certify(authority, key).subarray(0, -1), [trusted])).toBe('host-certificate-refused');
  });

  it.each([
    ['its key', key],
    ['its authority', authority.wire],
  ])('is revoked with %s, even where the key in it is known', async (_, revoked) => {
    const lines = [trusted, keyLine('app1', key), keyLine('@revoked *', revoked)];
    expect(await verdictOn(certify(authority, key), lines)).toBe('host-key-revoked');
  });

  it('is too weak with a short RSA key, its own or that of its authority', async () => {
    const byRsa = keyLine('@cert-authority app1', largeRsa.wire);
    for (const [certificate, line] of [
      [certify(authority, largeRsa.wire), trusted],
      [certify(largeRsa, key), byRsa],
    ] as const) {
      expect(await verdictOn(certificate, [line], { minRsaBits: 2_049 })).toBe('host-key-weak');
      expect(await verdictOn(certificate, [line], { minRsaBits: 2_048 })).toBe('accepted');
    }
  });

  it.each([
    ['expired', { before: seconds }],
    ['not-yet-valid', { after: seconds + 1n }],
  ])('that is %s is refused for its time', async (problem, says) => {
    const { verdict, log } = await decide(certify(authority, key, says), [trusted]);
    expect(verdict).toBe('host-certificate-time');
    expect(log).toMatch(new RegExp(`now=2030-01-01T00:00:00.000Z problem=${problem}`));
  });

  it.each([
    ['wrong-name', { principals: ['app2'] }],
    ['user-certificate', { kind: 1 }],
    ['critical-options', { critical: 'x' }],
    ['wrong-signature', { signed: () => Buffer.from('x') }],
  ])('with the problem %s is refused', async (problem, says) => {
    const { verdict, log } = await decide(certify(authority, key, says), [trusted]);
    expect(verdict).toBe('host-certificate-refused');
    expect(log).toContain(`problem=${problem}`);
  });

  it('counts as its plain key where that is known, whatever is wrong with it', async () => {
    const lines = [trusted, keyLine('app1', key)];
    expect(await verdictOn(certify(authority, key, { before: seconds }), lines)).toBe('accepted');
    expect(await verdictOn(certify(ed25519(), key), lines)).toBe('accepted');
    expect(await verdictOn(certify(ed25519(), ed25519().wire), lines)).toBe('host-certificate-refused');
  });

  it('is never learned, nor looked for in DNS', async () => {
    const dnsFingerprints = () => Promise.reject(new Error('asked'));
    expect(await verdictOn(certify(authority, key), [], { policy: 'accept-new', dnsFingerprints })).toBe(
      'host-certificate-refused',
    );
  });
});
