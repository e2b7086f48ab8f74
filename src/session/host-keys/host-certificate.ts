/**
 * Host certificates of OpenSSH (PROTOCOL.certkeys): a host key with names and a time, signed by a certificate authority,
 * so that a new server needs no new keys on the clients.
 */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { certificateSuffix, keyProblem, keyType, readFields, wireString } from './host-key.js';
import { matchesPattern } from './known-hosts-line.js';

/** The content of a certificate. It proves nothing until {@link certificateProblem} returns undefined. */
export interface HostCertificate {
  /** The certified key, in the ssh wire form. */
  readonly key: Buffer;
  readonly serial: bigint;
  readonly kind: 'user' | 'host' | 'unknown';
  /** The name that the authority gave it, for logs. */
  readonly id: string;
  readonly principals: readonly string[];
  /** Seconds since 1970, as in the certificate. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly hasCriticalOptions: boolean;
  /** The authority's key, in the ssh wire form. */
  readonly authority: Buffer;
  readonly signature: Buffer;
  /** What the signature covers. */
  readonly signed: Buffer;
}

/** Fields of the public key, between the nonce and the serial number. */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-rsa': 2,
};
/** OpenSSH's limit, SSHKEY_CERT_MAX_PRINCIPALS. */
const maxPrincipals = 256;

/** Whether a key is a certificate, or says so. */
export function isCertificate(key: Buffer): boolean {
  return keyType(key).endsWith(certificateSuffix);
}

/** The key that a certificate is for, in the ssh wire form; any other key as it is. */
export function plainKey(key: Buffer): Buffer {
  return parseCertificate(key)?.key ?? key;
}

/** @returns undefined when the bytes are not a certificate of a known type */
export function parseCertificate(bytes: Buffer): HostCertificate | undefined {
  const type = keyType(bytes);
  const plainType = type.slice(0, -certificateSuffix.length);
  const count = type.endsWith(certificateSuffix) ? keyFields[plainType] : undefined;
  if (count === undefined) return undefined;
  const reader = new Reader(bytes);
  try {
    reader.string();
    reader.string();
    const key = Buffer.concat([
      wireString(plainType),
      ...Array.from({ length: count }, () => wireString(reader.string())),
    ]);
    const serial = reader.uint64();
    const kind = reader.uint32();
    const id = reader.string().toString('utf8');
    const principals = strings(reader.string());
    const validAfter = reader.uint64();
    const validBefore = reader.uint64();
    const criticalOptions = reader.string();
    reader.string();
    reader.string();
    const authority = reader.string();
    const signed = bytes.subarray(0, reader.at);
    const signature = reader.string();
    if (reader.at !== bytes.length || principals.length > maxPrincipals) return undefined;
    return {
      key,
      serial,
      kind: kind === 1 ? 'user' : kind === 2 ? 'host' : 'unknown',
      id,
      principals,
      validAfter,
      validBefore,
      hasCriticalOptions: criticalOptions.length > 0,
      authority,
      signature,
      signed,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Why a certificate does not prove a host. */
export type CertificateProblem =
  | 'damaged'
  | 'user-certificate'
  | 'wrong-name'
  | 'not-yet-valid'
  | 'expired'
  | 'critical-options'
  | 'wrong-signature';

/**
 * Decides as OpenSSH does. As in OpenSSH 10.3, a certificate without names is for no host.
 * @param host the server's name as the user gave it; the port does not count
 * @param nowMs ms since 1970, by this machine's clock
 * @returns undefined when the authority certifies this host's key at this time
 */
export function certificateProblem(
  certificate: HostCertificate,
  host: string,
  nowMs: number,
): CertificateProblem | undefined {
  const { kind, principals, validAfter, validBefore, hasCriticalOptions, key } = certificate;
  const now = BigInt(Math.floor(nowMs / 1_000));
  const name = host.toLowerCase();
  if (keyProblem(key) !== undefined) return 'damaged';
  if (kind !== 'host') return 'user-certificate';
  if (!isSigned(certificate)) return 'wrong-signature';
  // No critical option is defined for hosts; one that is not known must be refused.
  if (hasCriticalOptions) return 'critical-options';
  if (now < validAfter) return 'not-yet-valid';
  if (now >= validBefore) return 'expired';
  if (!principals.some((principal) => matchesPattern(principal.toLowerCase(), name))) return 'wrong-name';
  return undefined;
}

/** A time of a certificate in UTC, `2026-11-28T10:00:00.000Z`; OpenSSH's bounds are `always` and `forever`. */
export function certificateTime(seconds: bigint): string {
  if (seconds === 0n) return 'always';
  return seconds > 253_402_300_799n ? 'forever' : new Date(Number(seconds) * 1_000).toISOString();
}

/** Signatures of an authority: OpenSSH's default CASignatureAlgorithms, without security keys. */
const signatures: Readonly<Record<string, { readonly keyType: string; readonly hash: string | null }>> = {
  'ssh-ed25519': { keyType: 'ssh-ed25519', hash: null },
  'ecdsa-sha2-nistp256': { keyType: 'ecdsa-sha2-nistp256', hash: 'sha256' },
  'ecdsa-sha2-nistp384': { keyType: 'ecdsa-sha2-nistp384', hash: 'sha384' },
  'ecdsa-sha2-nistp521': { keyType: 'ecdsa-sha2-nistp521', hash: 'sha512' },
  'rsa-sha2-512': { keyType: 'ssh-rsa', hash: 'sha512' },
  'rsa-sha2-256': { keyType: 'ssh-rsa', hash: 'sha256' },
};

/** Whether the authority that a certificate names has signed it. */
function isSigned({ authority, signature, signed }: HostCertificate): boolean {
  const [algorithm, value = Buffer.alloc(0), ...more] = readFields(signature);
  const form = signatures[algorithm?.toString('latin1') ?? ''];
  if (form === undefined || more.length > 0) return false;
  if (keyType(authority) !== form.keyType || keyProblem(authority) !== undefined) return false;
  try {
    const key = keyObject(authority);
    const bytes = form.keyType.startsWith('ecdsa-') ? joined(value, curveBytes(form.keyType)) : value;
    return verify(form.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, bytes);
  } catch {
    // Invalid numbers for a key or a signature.
    return false;
  }
}

/** A public key in the ssh wire form, for node:crypto. */
function keyObject(key: Buffer): KeyObject {
  const [, first = Buffer.alloc(0), second = Buffer.alloc(0)] = readFields(key);
  const name = keyType(key);
  const text = (bytes: Buffer): string => bytes.toString('base64url');
  const jwk = (): JsonWebKey => {
    if (name === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: text(first) };
    if (name === 'ssh-rsa') return { kty: 'RSA', e: text(first), n: text(second) };
    const bytes = curveBytes(name);
    const point = second.subarray(1);
    return { kty: 'EC', crv: `P-${name.slice(-3)}`, x: text(point.subarray(0, bytes)), y: text(point.subarray(bytes)) };
  };
  return createPublicKey({ key: jwk(), format: 'jwk' });
}

/** Bytes of a coordinate of `ecdsa-sha2-nistp...`. */
function curveBytes(type: string): number {
  return Math.ceil(Number(type.slice(-3)) / 8);
}

/** The two numbers of an ECDSA signature (RFC 5656 section 3.1.2), each with its full length. @throws {RangeError} */
function joined(signature: Buffer, bytes: number): Buffer {
  const numbers = readFields(signature).map((number) => {
    const digits = number[0] === 0 ? number.subarray(1) : number;
    return Buffer.concat([Buffer.alloc(bytes - digits.length), digits]);
  });
  return Buffer.concat(numbers);
}

/** Reads the fields of RFC 4251 section 5 in order. @throws {RangeError} beyond the end */
class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  string(): Buffer {
    const length = this.uint32();
    if (length > this.#bytes.length - this.at) throw new RangeError('a field beyond the end');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  uint32(): number {
    this.at += 4;
    return this.#bytes.readUInt32BE(this.at - 4);
  }

  uint64(): bigint {
    this.at += 8;
    return this.#bytes.readBigUInt64BE(this.at - 8);
  }
}

/** A list of strings in one. @throws {RangeError} when one of them is cut off */
function strings(bytes: Buffer): string[] {
  const reader = new Reader(bytes);
  const found: string[] = [];
  while (reader.at < bytes.length) found.push(reader.string().toString('utf8'));
  return found;
}
