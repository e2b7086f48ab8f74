import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sntrup761Decapsulate } from '../../../../src/session/ssh2/sntrup761.js';

/** A test vector of draft-josefsson-ntruprime-streamlined-00. */
const vector = JSON.parse(readFileSync('test/fixtures/sntrup761-draft.json', 'utf8')) as {
  readonly secretKey: readonly string[];
  readonly cipherText: readonly string[];
  readonly secret: string;
};
const bytes = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''), 'hex');
// Behind the key proper it has the hash of the public key, which ours computes when it is needed.
const secretKey = bytes(vector.secretKey).subarray(0, -32);
const cipherText = bytes(vector.cipherText);

describe('sntrup761', () => {
  it('gives the secret of a known answer', () => {
    expect(Buffer.from(sntrup761Decapsulate(cipherText, secretKey)).toString('hex')).toBe(vector.secret);
  });

  it('gives for any altered reply the secret that hides the failure', () => {
    const sha512 = (prefix: number, ...parts: readonly Buffer[]) =>
      createHash('sha512')
        .update(Buffer.concat([Buffer.of(prefix), ...parts]))
        .digest()
        .subarray(0, 32);
    for (const at of [0, 500, 1_006, 1_007, 1_038]) {
      const altered = Buffer.from(cipherText);
      altered[at] = (altered[at] ?? 0) ^ 1;
      // The last 191 bytes of the key take the place of what was sent.
      const expected = sha512(0, sha512(3, secretKey.subarray(-191)), altered);
      expect(Buffer.from(sntrup761Decapsulate(altered, secretKey))).toEqual(expected);
    }
  });
});
