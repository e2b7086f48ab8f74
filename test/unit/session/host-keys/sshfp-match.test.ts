import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compareWithDns } from '../../../../src/session/host-keys/sshfp-match.js';
import { ecdsa, ed25519, field, rsa } from '../../support/public-keys.js';

const sha256 = 2;
const hashOf = (key: Buffer): Buffer => createHash('sha256').update(key).digest();

describe('a key and its fingerprints in DNS', () => {
  it.each([
    [1, rsa().wire],
    [3, ecdsa(256).wire],
    [3, ecdsa(521).wire],
    [4, ed25519().wire],
  ])('are compared under the number %i of its type alone', (algorithm, key) => {
    const fingerprint = hashOf(key);
    expect(compareWithDns(key, [{ algorithm, hash: sha256, fingerprint }])).toBe('same');
    expect(compareWithDns(key, [{ algorithm, hash: sha256, fingerprint: hashOf(Buffer.of(1)) }])).toBe('other');
    const others = [1, 2, 3, 4].filter((number) => number !== algorithm);
    expect(
      compareWithDns(
        key,
        others.map((number) => ({ algorithm: number, hash: sha256, fingerprint })),
      ),
    ).toBe('silent');
  });

  it.each(['ssh-dss', 'ssh-rsa2', 'xssh-rsa', 'x-ecdsa-sha2-nistp256', 'ssh-ed25519x', 'sk-ssh-ed25519'])(
    'say nothing for a key of type %s, which has no number',
    (type) => {
      const key = field(type);
      const all = [1, 2, 3, 4].map((algorithm) => ({ algorithm, hash: sha256, fingerprint: hashOf(key) }));
      expect(compareWithDns(key, all)).toBe('silent');
    },
  );
});
