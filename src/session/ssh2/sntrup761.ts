/**
 * Streamlined NTRU Prime 761, the key encapsulation of OpenSSH 8.5 and later (draft-josefsson-ntruprime-streamlined;
 * D. J. Bernstein and others, "NTRU Prime", 2017). Only what a client needs: keys, and the secret of a reply. Each pair
 * is used once, so that the time that a computation takes tells nobody anything of use.
 *
 * Polynomials modulo x^p - x - 1, with coefficients modulo q, or small ones (-1, 0, 1).
 */
import { createHash, randomBytes } from 'node:crypto';

const p = 761;
const q = 4_591;
/** Coefficients of a short polynomial that are not 0. */
const weight = 286;
const half = (q - 1) / 2;
const smallBytes = 191;
const hashBytes = 32;

export const sntrup761Bytes = { publicKey: 1_158, cipherText: 1_039 } as const;

type Polynomial = Int32Array;

/** The secret key holds `f`, `1/g`, the public key, and what replaces a reply that is wrong. */
export function sntrup761Keygen(): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } {
  let g = smallRandom();
  let inverse = inverseModulo3(g);
  while (inverse === undefined) {
    g = smallRandom();
    inverse = inverseModulo3(g);
  }
  const f = shortRandom();
  const publicKey = encode(
    Array.from(multiply(thirdOfInverse(f), g, q), (one) => one + half),
    q,
  );
  const secretKey = Buffer.concat([encodeSmall(f), encodeSmall(inverse), publicKey, randomBytes(smallBytes)]);
  return { publicKey, secretKey };
}

/** @returns 32 bytes; of no use to anybody when the cipher text was altered */
export function sntrup761Decapsulate(cipherText: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const f = decodeSmall(secretKey.subarray(0, smallBytes));
  const inverse = decodeSmall(secretKey.subarray(smallBytes, 2 * smallBytes));
  const publicKey = secretKey.subarray(2 * smallBytes, 2 * smallBytes + sntrup761Bytes.publicKey);
  const instead = secretKey.subarray(2 * smallBytes + sntrup761Bytes.publicKey);

  const rounded = decode(cipherText, roundedModulus, p).map((one) => 3 * one - half);
  const r = decrypt(Int32Array.from(rounded), f, inverse);
  const input = encodeSmall(r);
  const h = Int32Array.from(decode(publicKey, q, p), (one) => one - half);
  const again = encode(
    Array.from(multiply(h, r, q), (one) => (one - residue(one, 3) + half) / 3),
    roundedModulus,
  );
  const confirmation = hash(2, hash(3, input), hash(4, publicKey));
  const isRight = Buffer.concat([again, confirmation]).equals(cipherText);
  return hash(isRight ? 1 : 0, hash(3, isRight ? input : instead), cipherText);
}

const roundedModulus = (q + 2) / 3;

function decrypt(c: Polynomial, f: Polynomial, inverse: Polynomial): Polynomial {
  const e = multiply(c, f, q).map((one) => residue(residue(3 * one, q), 3));
  const found = multiply(e, inverse, 3);
  const hasWeight = found.reduce((sum, one) => sum + Math.abs(one), 0) === weight;
  return hasWeight ? found : Int32Array.from({ length: p }, (_, index) => (index < weight ? 1 : 0));
}

/** Adding and subtracting it leaves the nearest whole number: above 2^52, numbers have no fraction. Math.round is slow. */
const wholeNumbers = 1.5 * 2 ** 52;

/** The residue that is nearest to 0. Moduli are odd, so that no quotient lies between two whole numbers. */
function residue(value: number, modulus: number): number {
  return value - modulus * (value / modulus + wholeNumbers - wholeNumbers);
}

/**
 * `to[i] = x a[i] - y b[i]`, for all i below `count`. A small function of its own, because the first key of a program is
 * made before V8 has compiled anything, and it compiles small ones first.
 */
function combine(
  to: Float64Array,
  x: number,
  a: Float64Array,
  y: number,
  b: Float64Array,
  count: number,
  modulus: number,
): void {
  // By multiplication, for a division takes several times as long.
  const scale = 1 / modulus;
  for (let i = 0; i < count; i += 1) {
    const value = x * (a[i] as number) - y * (b[i] as number);
    to[i] = value - modulus * (value * scale + wholeNumbers - wholeNumbers);
  }
}

/** `to[start + i] += factor a[i]` */
function addTimes(to: Float64Array, start: number, factor: number, a: Float64Array): void {
  for (let i = 0; i < p; i += 1) to[start + i] = (to[start + i] as number) + factor * (a[i] as number);
}

/** @param small one of the two has coefficients in -1..1, so that no sum is larger than p times half of q */
function multiply(a: Polynomial, small: Polynomial, modulus: number): Polynomial {
  const product = new Float64Array(2 * p - 1);
  const factors = Float64Array.from(a);
  for (let i = 0; i < p; i += 1) {
    const factor = small[i] ?? 0;
    if (factor !== 0) addTimes(product, i, factor, factors);
  }
  // x^p is x + 1.
  for (let i = 2 * p - 2; i >= p; i -= 1) {
    const value = residue(product[i] ?? 0, modulus);
    product[i - p] = (product[i - p] ?? 0) + value;
    product[i - p + 1] = (product[i - p + 1] ?? 0) + value;
  }
  return Int32Array.from(product.subarray(0, p), (one) => residue(one, modulus));
}

/** @returns undefined for a polynomial that has no inverse modulo 3 */
function inverseModulo3(of: Polynomial): Polynomial | undefined {
  const found = divide(of, 1, 3);
  return found && Int32Array.from(found.v, (one) => residue(one * found.f0, 3));
}

/** 1/(3f). Each short polynomial has an inverse modulo q, which is a prime. */
function thirdOfInverse(f: Polynomial): Polynomial {
  const found = divide(f, inverseModuloQ(3), q);
  if (found === undefined) throw new Error('a short polynomial without an inverse');
  const scale = inverseModuloQ(found.f0);
  return Int32Array.from(found.v, (one) => residue(one * scale, q));
}

/** By Fermat: a^(q-2). */
function inverseModuloQ(a: number): number {
  let result = 1;
  for (let power = a, left = q - 2; left > 0; left >>= 1) {
    if (left & 1) result = residue(result * power, q);
    power = residue(power * power, q);
  }
  return result;
}

/**
 * Division steps (D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular inversion", 2019).
 * @param one what stands for 1: the inverse is found so many times
 */
function divide(
  input: Polynomial,
  one: number,
  modulus: number,
): { readonly v: Float64Array; readonly f0: number } | undefined {
  let f = new Float64Array(p + 1);
  let g = new Float64Array(p + 1);
  let v = new Float64Array(p + 1);
  let r = new Float64Array(p + 1);
  r[0] = one;
  f[0] = 1;
  f[p - 1] = -1;
  f[p] = -1;
  for (let i = 0; i < p; i += 1) g[p - 1 - i] = input[i] ?? 0;
  let delta = 1;
  for (let loop = 0; loop < 2 * p - 1; loop += 1) {
    v.copyWithin(1, 0, p);
    v[0] = 0;
    if (delta > 0 && g[0] !== 0) {
      delta = -delta;
      [f, g, v, r] = [g, f, r, v];
    }
    delta += 1;
    const f0 = f[0] ?? 0;
    const g0 = g[0] ?? 0;
    // Of f and g, what is left to do needs no more coefficients than it has steps; v and r have no more than were done.
    combine(g, f0, g, g0, f, Math.min(p, 2 * p - 1 - loop) + 1, modulus);
    combine(r, f0, r, g0, v, Math.min(p, loop + 1) + 1, modulus);
    g.copyWithin(0, 1);
    g[p] = 0;
  }
  if (delta !== 0) return undefined;
  return { v: v.subarray(0, p).reverse(), f0: f[0] ?? 0 };
}

function randomNumbers(): Uint32Array {
  const bytes = randomBytes(4 * p);
  return Uint32Array.from({ length: p }, (_, index) => bytes.readUInt32LE(4 * index));
}

function smallRandom(): Polynomial {
  return Int32Array.from(randomNumbers(), (one) => Math.floor(((one & 0x3fffffff) * 3) / 2 ** 30) - 1);
}

/** Exactly `weight` coefficients are not 0, at places that sorting random numbers chooses. */
function shortRandom(): Polynomial {
  const marked = randomNumbers().map((one, index) => (index < weight ? one & ~1 : (one & ~3) | 1));
  return Int32Array.from(marked.sort(), (one) => (one & 3) - 1);
}

function encodeSmall(small: Polynomial): Buffer {
  const bytes = Buffer.alloc(smallBytes);
  for (const [index, one] of small.entries()) {
    bytes[index >> 2] = (bytes[index >> 2] ?? 0) | ((one + 1) << (2 * (index & 3)));
  }
  return bytes;
}

function decodeSmall(bytes: Uint8Array): Polynomial {
  return Int32Array.from({ length: p }, (_, index) => (((bytes[index >> 2] ?? 0) >> (2 * (index & 3))) & 3) - 1);
}

/** A number that fits into two bytes only for moduli below this. */
const limit = 16_384;

/** Numbers below one modulus in as few bytes as pairwise products allow. */
function encode(numbers: readonly number[], modulus: number): Buffer {
  const bytes: number[] = [];
  let values = [...numbers];
  let moduli = values.map(() => modulus);
  const put = (value: number, size: number, until: number): [number, number] => {
    let left = value;
    let most = size;
    while (most >= until) {
      bytes.push(left & 0xff);
      left = Math.floor(left / 256);
      most = Math.ceil(most / 256);
    }
    return [left, most];
  };
  while (values.length > 1) {
    const pairs = pairsOf(values.length).map(([i, j]): [number, number] => {
      const [low, size] = [values[i] ?? 0, moduli[i] ?? 1];
      return j === undefined ? [low, size] : put(low + (values[j] ?? 0) * size, size * (moduli[j] ?? 1), limit);
    });
    values = pairs.map(([value]) => value);
    moduli = pairs.map(([, size]) => size);
  }
  put(values[0] ?? 0, moduli[0] ?? 1, 2);
  return Buffer.from(bytes);
}

/** What {@link encode} wrote; numbers that it would not write are taken modulo the modulus. */
function decode(bytes: Uint8Array, modulus: number, count: number): number[] {
  let at = 0;
  const take = (): number => bytes[at++] ?? 0;
  const level = (moduli: readonly number[]): number[] => {
    const [only = 1] = moduli;
    if (moduli.length === 1) return [(only === 1 ? 0 : only <= 256 ? take() : take() + 256 * take()) % only];
    const pairs = pairsOf(moduli.length).map(([i, j]) => {
      const [low = 1, high] = [moduli[i], j === undefined ? undefined : moduli[j]];
      let [bottom, top, size] = [0, 1, low * (high ?? 1)];
      for (; high !== undefined && size >= limit; top *= 256, size = Math.ceil(size / 256)) bottom += top * take();
      return { low, high, bottom, top, size };
    });
    const rest = level(pairs.map(({ size }) => size));
    return pairs.flatMap(({ low, high, bottom, top }, index) => {
      const value = bottom + top * (rest[index] ?? 0);
      return high === undefined ? [value] : [value % low, Math.floor(value / low) % high];
    });
  };
  return level(Array<number>(count).fill(modulus));
}

/** The indexes 0 and 1, 2 and 3, and so on; the last one is alone when the length is odd. */
function pairsOf(length: number): [number, number | undefined][] {
  return Array.from({ length: Math.ceil(length / 2) }, (_, index) => [
    2 * index,
    2 * index + 1 < length ? 2 * index + 1 : undefined,
  ]);
}

function hash(prefix: number, ...parts: readonly Uint8Array[]): Buffer {
  const sha512 = createHash('sha512').update(Buffer.of(prefix));
  for (const part of parts) sha512.update(part);
  return sha512.digest().subarray(0, hashBytes);
}
