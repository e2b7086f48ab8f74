/**
 * Post-quantum key exchange: a key that a quantum computer cannot find, beside a classic one, so that the connection is
 * at least as safe as the stronger of the two. What was recorded today cannot be read later.
 */
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { sntrup761Bytes, sntrup761Decapsulate, sntrup761Keygen } from './sntrup761.js';

/** A key encapsulation mechanism, with the size of its cipher text in bytes. */
interface Kem {
  readonly cipherTextBytes: number;
  keygen(): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  decapsulate(cipherText: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

export interface HybridKeyPair {
  /** What the client sends. */
  readonly publicKey: Buffer;
  /**
   * The secret of the exchange. The pair cannot be used again.
   * @param reply what the server sent
   * @throws {Error} for an invalid reply
   */
  secret(reply: Buffer): Buffer;
}

export interface HybridExchange {
  readonly hash: 'sha256' | 'sha512';
  /** A pair for one exchange. */
  keyPair(): HybridKeyPair;
  /** Creates the next pair in advance. */
  prepare(): void;
}

const x25519Bytes = 32;

/** FIPS 203. */
const mlkem768: Kem = {
  cipherTextBytes: 1_088,
  keygen: () => ml_kem768.keygen(),
  decapsulate: (cipherText, secretKey) => ml_kem768.decapsulate(cipherText, secretKey),
};

const sntrup761: Kem = {
  cipherTextBytes: sntrup761Bytes.cipherText,
  keygen: sntrup761Keygen,
  decapsulate: sntrup761Decapsulate,
};

const sntrup = hybrid(sntrup761, 'sha512');

/**
 * By the name of the algorithm, in the order of preference.
 * - `mlkem768x25519-sha256`: draft-ietf-sshm-mlkem-hybrid-kex, OpenSSH 9.9 and later
 * - `sntrup761x25519-sha512`: draft-ietf-sshm-ntruprime-ssh, OpenSSH 8.5 and later, under its older name first
 */
export const hybridExchanges: ReadonlyMap<string, HybridExchange> = new Map([
  ['mlkem768x25519-sha256', hybrid(mlkem768, 'sha256')],
  ['sntrup761x25519-sha512', sntrup],
  ['sntrup761x25519-sha512@openssh.com', sntrup],
]);

/** Creates the next key pairs, so that the next login does not wait for them. Takes about 0.1 s of processor time. */
export function prepareKeyExchanges(): void {
  for (const exchange of new Set(hybridExchanges.values())) exchange.prepare();
}

/**
 * The client sends both public keys, the server replies with the cipher text and its classic public key, and the hash of
 * both secrets is the secret of the exchange.
 */
function hybrid(kem: Kem, hash: HybridExchange['hash']): HybridExchange {
  let prepared: HybridKeyPair | undefined;
  const make = (): HybridKeyPair => {
    const classic = generateKeyPairSync('x25519');
    const { publicKey, secretKey } = kem.keygen();
    return {
      publicKey: Buffer.concat([publicKey, rawPublicKey(classic.publicKey.export({ format: 'jwk' }))]),
      secret(reply) {
        if (reply.length !== kem.cipherTextBytes + x25519Bytes) throw new Error(`reply of ${reply.length} bytes`);
        const cipherText = reply.subarray(0, kem.cipherTextBytes);
        const x = reply.subarray(kem.cipherTextBytes).toString('base64url');
        const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
        const quantum = kem.decapsulate(cipherText, secretKey);
        secretKey.fill(0);
        return createHash(hash)
          .update(quantum)
          .update(diffieHellman({ privateKey: classic.privateKey, publicKey }))
          .digest();
      },
    };
  };
  return {
    hash,
    keyPair() {
      const pair = prepared ?? make();
      prepared = undefined;
      return pair;
    },
    prepare() {
      prepared ??= make();
    },
  };
}

function rawPublicKey({ x = '' }: { readonly x?: string }): Buffer {
  return Buffer.from(x, 'base64url');
}
