import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { describe, expect, it } from 'vitest';
import { hybridExchanges } from '../../../../src/session/ssh2/hybrid-kex.js';

const exchange = (name: string) => {
  const found = hybridExchanges.get(name);
  if (found === undefined) throw new Error(`no exchange ${name}`);
  return found;
};

describe('mlkem768x25519-sha256', () => {
  /** What a server does with a client's public keys (draft-ietf-sshm-mlkem-hybrid-kex section 2.4). */
  function serve(clientPublic: Buffer) {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(clientPublic.subarray(0, 1_184));
    const own = generateKeyPairSync('x25519');
    const x = clientPublic.subarray(1_184).toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
    const classic = diffieHellman({ privateKey: own.privateKey, publicKey });
    const reply = Buffer.concat([cipherText, own.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
    return { reply, secret: createHash('sha256').update(sharedSecret).update(classic).digest() };
  }

  it('gives both sides one secret', () => {
    const pair = exchange('mlkem768x25519-sha256').keyPair();
    const { reply, secret } = serve(pair.publicKey);
    expect(pair.secret(reply)).toEqual(secret);
  });

  it('gives another secret for an altered reply', () => {
    for (const at of [0, 1_087, 1_088, 1_100]) {
      const pair = exchange('mlkem768x25519-sha256').keyPair();
      const { reply, secret } = serve(pair.publicKey);
      reply[at] = (reply[at] ?? 0) ^ 1;
      expect(pair.secret(reply)).not.toEqual(secret);
    }
  });

  it('uses a pair that was prepared once only', () => {
    const { prepare, keyPair } = exchange('mlkem768x25519-sha256');
    prepare();
    prepare();
    expect(keyPair().publicKey).not.toEqual(keyPair().publicKey);
  });
});

it.each([...hybridExchanges])(
  '%s refuses a reply of the wrong length, and a point of small order',
  (name, { keyPair }) => {
    const length = name.startsWith('mlkem') ? 1_120 : 1_071;
    const pair = keyPair();
    for (const bytes of [0, 32, length - 1, length + 1, 100_000]) {
      expect(() => pair.secret(Buffer.alloc(bytes, 7))).toThrow(`reply of ${bytes} bytes`);
    }
    expect(() => pair.secret(Buffer.alloc(length))).toThrow();
  },
);
