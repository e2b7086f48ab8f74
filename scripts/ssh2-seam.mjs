// ssh2 lacks host certificates and post-quantum key exchange. This adds hooks for them to its key exchange. The build
// applies it to ssh2's source, and so do the unit tests; both fail if an update of ssh2 moves one of the places.
// src/session/ssh2/hooks.ts implements the hooks.

/** The defaults are what ssh2 does by itself. */
const hooks = `
const ldm = {
  // By name: { hash, keyPair() }; a pair is { publicKey, secret(reply) }, each for one exchange.
  hybridExchanges: new Map(),
  // The type of the key that proves a host key algorithm.
  keyTypeOf: (algorithm) => (/^rsa-sha2-(256|512)$/.test(algorithm) ? 'ssh-rsa' : algorithm),
  // The algorithm of the signature that belongs to a host key algorithm.
  signatureOf: (algorithm) => algorithm,
  // The key that signs: a certificate contains it.
  plainKey: (key) => key,
};
`;

/** Client data, server data and the secret go into the hash as they are, as strings (draft-ietf-sshm-mlkem-hybrid-kex). */
const hybridExchange = `
  class HybridExchange extends KeyExchange {
    constructor(hybrid, ...args) {
      super(...args);
      this.type = 'hybrid';
      this.hashName = hybrid.hash;
      this._hybrid = hybrid;
    }
    getPublicKey() {
      this._pair ??= this._hybrid.keyPair();
      return this._pair.publicKey;
    }
    convertPublicKey(key) {
      return key;
    }
    computeSecret(reply) {
      try {
        return this._pair.secret(reply);
      } catch (ex) {
        return ex;
      }
    }
  }
`;

/** In order: the text to find, how often it occurs, and its replacement. */
const changes = [
  ['let MESSAGE_HANDLERS;\n', 1, (text) => `${text}${hooks}`],
  ['  return (negotiated, ...args) => {\n', 1, (text) => `${hybridExchange}\n${text}`],
  [
    '      switch (kexType) {\n',
    1,
    (text) =>
      `      const hybrid = ldm.hybridExchanges.get(kexType);\n      if (hybrid) return new HybridExchange(hybrid, ...args);\n${text}`,
  ],
  [
    'if (hostPubKeyType !== this.negotiated.serverHostKey) {',
    1,
    () => 'if (hostPubKeyType !== ldm.keyTypeOf(this.negotiated.serverHostKey)) {',
  ],
  [
    'if (sigType !== negotiated.serverHostKey) {',
    1,
    () => 'if (sigType !== ldm.signatureOf(negotiated.serverHostKey)) {',
  ],
  // Once for the signature of a server, and once for that of a client's server, which ssh2 can be too.
  [
    "switch (this.negotiated.serverHostKey) {\n          case 'rsa-sha2-256': hashAlgo",
    2,
    (text) => text.replace('this.negotiated.serverHostKey', 'ldm.signatureOf(this.negotiated.serverHostKey)'),
  ],
  [
    'bufferParser.init(this._hostKey, 0);',
    1,
    () => 'const plainKey = ldm.plainKey(this._hostKey);\n          bufferParser.init(plainKey, 0);',
  ],
  [
    'const hostKey = this._hostKey.slice(bufferParser.pos());',
    1,
    () => 'const hostKey = plainKey.slice(bufferParser.pos());',
  ],
  ['module.exports = {\n', 1, (text) => `${text}  ldm,\n`],
];

/** The file of ssh2 that is changed. */
export const seamFile = /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]kex\.js$/;

/**
 * @param {string} source of the file
 * @throws {Error} when a place is not where it was
 */
export function applySeam(source) {
  let text = source;
  for (const [place, times, replace] of changes) {
    const found = text.split(place).length - 1;
    if (found !== times) {
      throw new Error(
        `ssh2's kex.js has changed: ${JSON.stringify(place)} is there ${found} times, not ${times} times; see scripts/ssh2-seam.mjs`,
      );
    }
    text = text.replaceAll(place, replace);
  }
  return text;
}
