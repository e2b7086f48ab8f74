import { createHash } from 'node:crypto';

/**
 * One public host key as ssh sends it: a string with its type, then the type's own fields (RFC 4253 section 6.6,
 * RFC 5656 section 3.1, RFC 8709 section 4).
 */

/**
 * Signature algorithms in OpenSSH's order, with the key type that each proves. SHA-1 (`ssh-rsa` as a signature) and
 * DSA are left out, as OpenSSH leaves them out.
 */
const algorithms: readonly { readonly name: string; readonly keyType: string }[] = [
  { name: 'ssh-ed25519', keyType: 'ssh-ed25519' },
  { name: 'ecdsa-sha2-nistp256', keyType: 'ecdsa-sha2-nistp256' },
  { name: 'ecdsa-sha2-nistp384', keyType: 'ecdsa-sha2-nistp384' },
  { name: 'ecdsa-sha2-nistp521', keyType: 'ecdsa-sha2-nistp521' },
  { name: 'rsa-sha2-512', keyType: 'ssh-rsa' },
  { name: 'rsa-sha2-256', keyType: 'ssh-rsa' },
];

/** At the end of each name of a certificate's type (PROTOCOL.certkeys). */
export const certificateSuffix = '-cert-v01@openssh.com';

/** By host key algorithm, in OpenSSH's order: the type of the certificate, and the algorithm of the exchange's signature. */
export const certificateAlgorithms: ReadonlyMap<string, { readonly keyType: string; readonly signature: string }> =
  new Map(
    algorithms.map(({ name, keyType }) => [
      `${name}${certificateSuffix}`,
      { keyType: `${keyType}${certificateSuffix}`, signature: name },
    ]),
  );

/** The key types that a server can prove to us, in OpenSSH's order. */
export const provableKeyTypes: readonly string[] = [...new Set(algorithms.map(({ keyType }) => keyType))];

/** The types of certificates for these keys, in the same order. */
export const certificateTypes: readonly string[] = provableKeyTypes.map((type) => `${type}${certificateSuffix}`);

/**
 * What to ask a server for: the algorithms of the keys known for it first (OpenSSH's order_hostkeyalgs), so that it
 * shows a key that can be checked, then the rest, so that a server with other keys is seen to have them.
 * @param knownTypes key types as in known_hosts; none for an unknown server
 * @param hasAuthority whether a certificate authority is known for the server: then certificates come first
 */
export function hostKeyAlgorithms(knownTypes: readonly string[], hasAuthority = false): string[] {
  const known = algorithms.filter(({ keyType }) => knownTypes.includes(keyType));
  const rest = algorithms.filter(({ keyType }) => !knownTypes.includes(keyType));
  const plain = [...known, ...rest].map(({ name }) => name);
  return hasAuthority ? [...certificateAlgorithms.keys(), ...plain] : plain;
}

/** The algorithms that make a server show its key or certificate of one type; empty for a type that is not ours. */
export function algorithmsOfType(type: string): string[] {
  return [...algorithms.map(({ name }) => name), ...certificateAlgorithms.keys()].filter(
    (name) => typeOfAlgorithm(name) === type,
  );
}

/** The type of the keys or certificates that an algorithm proves; an algorithm that is not ours as it is. */
export function typeOfAlgorithm(algorithm: string): string {
  const certificate = certificateAlgorithms.get(algorithm);
  return certificate?.keyType ?? algorithms.find(({ name }) => name === algorithm)?.keyType ?? algorithm;
}

/** Bits of an RSA key's modulus; undefined for a key of another type. */
export function rsaBits(key: Buffer): number | undefined {
  const [, , modulus] = readFields(key);
  return keyType(key) === 'ssh-rsa' ? bitsOf(modulus ?? Buffer.alloc(0)) : undefined;
}

/** Of a number on the wire (RFC 4251 section 5). */
export function bitsOf(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 + 24 - Math.clz32(number[first] ?? 0);
}

/** `SHA256:...` as OpenSSH prints it. @param key the ssh wire form */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace('=', '')}`;
}

/** The type that the key itself names, `ssh-ed25519`; empty for bytes that are no key. */
export function keyType(key: Buffer): string {
  const type = readFields(key)[0]?.toString('latin1') ?? '';
  return /^[\x21-\x7e]{1,100}$/.test(type) ? type : '';
}

/**
 * What is wrong with a key, in words for the administrator, or undefined. A type that is not ours to judge (DSA,
 * certificates, security keys) passes when it is framed as a key.
 */
export function keyProblem(key: Buffer): string | undefined {
  const type = keyType(key);
  const fields = readFields(key);
  if (type === '') return 'the key is no ssh key';
  const whole = fields.reduce((sum, field) => sum + 4 + field.length, 0) === key.length;
  const form = forms.find(({ types }) => types.test(type));
  if (form === undefined) return undefined;
  return whole && form.fits(fields.slice(1), type) ? undefined : `the key is cut off or damaged (${type})`;
}

const forms: readonly { types: RegExp; fits: (fields: readonly Buffer[], type: string) => boolean }[] = [
  { types: /^ssh-ed25519$/, fits: ([point, ...more]) => point?.length === 32 && more.length === 0 },
  {
    types: /^ecdsa-sha2-nistp(256|384|521)$/,
    fits: ([curve, point, ...more], type) => {
      const bits = Number(type.slice(-3));
      return (
        curve?.toString('latin1') === `nistp${bits}` &&
        point?.[0] === 4 &&
        point.length === 1 + 2 * Math.ceil(bits / 8) &&
        more.length === 0
      );
    },
  },
  {
    types: /^ssh-rsa$/,
    fits: ([exponent, modulus, ...more]) =>
      exponent?.length !== 0 && modulus !== undefined && modulus.length >= 128 && more.length === 0,
  },
];

/** The length-prefixed strings from the start of a key, as far as they go. */
export function readFields(key: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= key.length; ) {
    const end = at + 4 + key.readUInt32BE(at);
    if (end > key.length) break;
    fields.push(key.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** One length-prefixed string (RFC 4251 section 5): what {@link readFields} reads. */
export function wireString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
