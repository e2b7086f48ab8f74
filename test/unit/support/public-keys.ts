import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A key pair, with its public key in the ssh wire form. Written without the code under test. */
export interface TestKey {
  readonly wire: Buffer;
  readonly privateKey: KeyObject;
}
export type Curve = 256 | 384 | 521;

/** One string of RFC 4251 section 5. */
export function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint(4, BigInt(bytes.length)), bytes]);
}

export function ed25519(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return { wire: Buffer.concat([field('ssh-ed25519'), field(Buffer.from(x, 'base64url'))]), privateKey };
}

export function ecdsa(bits: Curve): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { wire: Buffer.concat([field(`ecdsa-sha2-nistp${bits}`), field(`nistp${bits}`), field(point)]), privateKey };
}

export function rsa(bits = 2_048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { wire: Buffer.concat([field('ssh-rsa'), mpint(e), mpint(n)]), privateKey };
}

/** The type that a key or a certificate names. */
export function typeOf(wire: Buffer): string {
  return wire.toString('latin1', 4, 4 + wire.readUInt32BE());
}

/** A line of known_hosts. @param names with a marker before them, if it has one */
export function keyLine(names: string, wire: Buffer): string {
  return `${names} ${typeOf(wire)} ${wire.toString('base64')}`;
}

/** A name as `ssh-keygen -H` hides it. */
export function hashed(name: string, salt = randomBytes(20)): string {
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** What a certificate says (PROTOCOL.certkeys). */
export interface Certified {
  readonly kind?: number;
  readonly serial?: bigint;
  readonly id?: string;
  /** Names, or the bytes of their list. */
  readonly principals?: readonly string[] | Buffer;
  /** Seconds since 1970. */
  readonly after?: bigint;
  readonly before?: bigint;
  readonly critical?: string;
  /** Makes the signature. */
  readonly signed?: (bytes: Buffer) => Buffer;
}

/** A certificate of `authority` for a host key, valid for app1 for ever. */
export function certify(authority: TestKey, key: Buffer, says: Certified = {}): Buffer {
  const type = typeOf(key);
  const { kind = 2, serial = 7n, id = 'the id', principals = ['app1'], critical = '', after = 0n } = says;
  const { before = 2n ** 64n - 1n, signed = (bytes: Buffer) => signature(authority, bytes) } = says;
  const body = Buffer.concat([
    field(`${type}-cert-v01@openssh.com`),
    field(randomBytes(32)),
    key.subarray(4 + type.length),
    uint(8, serial),
    uint(4, BigInt(kind)),
    field(id),
    field(Buffer.isBuffer(principals) ? principals : Buffer.concat(principals.map(field))),
    uint(8, after),
    uint(8, before),
    field(critical),
    field(''),
    field(''),
    field(authority.wire),
  ]);
  return Buffer.concat([body, field(signed(body))]);
}

/** A signature as ssh sends it. @param algorithm of an RSA key */
export function signature({ wire, privateKey }: TestKey, bytes: Buffer, algorithm = 'rsa-sha2-512'): Buffer {
  const type = typeOf(wire);
  if (type === 'ssh-ed25519') return Buffer.concat([field(type), field(sign(null, bytes, privateKey))]);
  if (type === 'ssh-rsa') {
    const hash = { 'rsa-sha2-512': 'sha512', 'rsa-sha2-256': 'sha256' }[algorithm] ?? 'sha1';
    return Buffer.concat([field(algorithm), field(sign(hash, bytes, privateKey))]);
  }
  const hash = { 'ecdsa-sha2-nistp256': 'sha256', 'ecdsa-sha2-nistp384': 'sha384' }[type] ?? 'sha512';
  const numbers = sign(hash, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const half = numbers.length / 2;
  const parts = [numbers.subarray(0, half), numbers.subarray(half)].map((one) => mpint(one.toString('base64url')));
  return Buffer.concat([field(type), field(Buffer.concat(parts))]);
}

/** A positive number of RFC 4251 section 5, which is negative where its first bit is set. */
function mpint(base64url: string): Buffer {
  const hex = Buffer.from(base64url, 'base64url')
    .toString('hex')
    .replace(/^(00)+/, '');
  const digits = Buffer.from(hex, 'hex');
  return field((digits[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

function uint(bytes: 4 | 8, value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}
