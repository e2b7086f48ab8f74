// Node finds no named export `utils` in this CommonJS package.
import ssh2 from 'ssh2';

/**
 * A new ed25519 key pair in OpenSSH's formats. ssh2 1.17 treats leading zeros as padding and removes them, so it cannot
 * read one of 256 keys that it generates. Such a key is discarded here.
 */
export function newHostKey(): { readonly public: string; readonly private: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
