import { createHash, timingSafeEqual } from 'node:crypto';
import { keyType } from './host-key.js';

/** A host key's fingerprint in DNS (RFC 4255). */
export interface DnsFingerprint {
  readonly algorithm: number;
  readonly hash: number;
  readonly fingerprint: Buffer;
}

/** IANA's numbers for SSHFP. */
const algorithmOf: readonly (readonly [type: RegExp, algorithm: number])[] = [
  [/^ssh-rsa$/, 1],
  [/^ecdsa-sha2-/, 3],
  [/^ssh-ed25519$/, 4],
];
const sha256 = 2;

/**
 * Compares a key with the fingerprints: one is its own, those of its type belong to other keys, or none is of its type.
 * SHA-1 proves nothing any more and is ignored.
 */
export function compareWithDns(key: Buffer, fingerprints: readonly DnsFingerprint[]): 'same' | 'other' | 'silent' {
  const type = keyType(key);
  const algorithm = algorithmOf.find(([types]) => types.test(type))?.[1];
  const ofType = fingerprints.filter((one) => one.algorithm === algorithm && one.hash === sha256);
  if (ofType.length === 0) return 'silent';
  const digest = createHash('sha256').update(key).digest();
  const isSame = ({ fingerprint }: DnsFingerprint): boolean =>
    fingerprint.length === digest.length && timingSafeEqual(fingerprint, digest);
  return ofType.some(isSame) ? 'same' : 'other';
}
