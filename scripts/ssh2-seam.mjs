// ssh2 lacks host certificates and post-quantum key exchange. This adds hooks for them to its key exchange, makes the
// padding of its packets cheaper, loads zlib only for a compressed connection, does not try Ed25519 at each start, opens the
// window of a channel as early as OpenSSH does, and sends the requests of a desktop's channel at once. The build applies it to
// ssh2's source, and so do the unit tests; both fail if an update of ssh2 moves one of the places. src/session/ssh2/hooks.ts
// implements the hooks.

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

/** For kex.js, in order: the text to find, how often it occurs, and its replacement. */
const kexChanges = [
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

/**
 * Each packet ends with 4 to 19 random bytes (RFC 4253 section 6). A call of OpenSSL's generator costs more than all else
 * that ssh2 does for a small packet, so one call fills the padding of some 300 packets.
 */
const padding = `
const padding = Buffer.alloc(4096);
let paddingUsed = padding.length;
function fillPadding(packet, start, length) {
  if (paddingUsed + length > padding.length) {
    randomFillSync(padding);
    paddingUsed = 0;
  }
  for (let i = 0; i < length; ++i)
    packet[start + i] = padding[paddingUsed++];
}
`;

/** Makes the buffer of a packet that a cipher of ssh2's compiled part encrypts in its place. */
const packetHook = `
const ldm = { allocate: (size) => Buffer.allocUnsafe(size) };
`;

const cryptoChanges = [
  ['const MAX_SEQNO = 2 ** 32 - 1;\n', 1, (text) => `${text}${padding}${packetHook}`],
  ['randomFillSync(packet, 5 + payloadLen, padLen);', 7, (text) => text.replace('randomFillSync', 'fillPadding')],
  ['Buffer.allocUnsafe(pktLen + 16/* authTag */)', 1, () => 'ldm.allocate(pktLen + 16)'],
  ['module.exports = {\n', 1, (text) => `${text}  ldm,\n`],
];

/** Node's zlib takes several milliseconds to load, and few connections are compressed. */
const once = 'const once = (make, made) => () => (made ??= make());\n';
const zlibChanges = [
  ['const {\n  createInflate,\n', 1, () => `${once}const zlib = once(() => {\nconst {\n  createInflate,\n`],
  [
    "} = require('zlib');\nconst ZlibHandle = createInflate()._handle.constructor;\n",
    1,
    (text) =>
      `${text}  return { ZlibHandle, DEFLATE, INFLATE, Z_DEFAULT_CHUNK, Z_DEFAULT_COMPRESSION, Z_DEFAULT_MEMLEVEL,
    Z_DEFAULT_STRATEGY, Z_DEFAULT_WINDOWBITS, Z_PARTIAL_FLUSH };\n});\n`,
  ],
  [
    '    const windowBits = Z_DEFAULT_WINDOWBITS;\n',
    1,
    (text) =>
      `    const { ZlibHandle, Z_DEFAULT_CHUNK, Z_DEFAULT_COMPRESSION, Z_DEFAULT_MEMLEVEL, Z_DEFAULT_STRATEGY,
      Z_DEFAULT_WINDOWBITS } = zlib();\n${text}`,
  ],
  ['Z_PARTIAL_FLUSH,\n                       ', 1, (text) => text.replace('Z_PARTIAL_FLUSH', 'zlib().Z_PARTIAL_FLUSH')],
  ['new Zlib(DEFLATE)', 1, () => 'new Zlib(zlib().DEFLATE)'],
  ['new Zlib(INFLATE)', 1, () => 'new Zlib(zlib().INFLATE)'],
];

/** Signing and verifying at each start would take 3 ms. Only OpenSSL in FIPS mode may lack Ed25519. */
const constantsChanges = [
  ['const eddsaSupported = (() => {\n', 1, () => 'const eddsaSupported = !crypto.getFips() || (() => {\n'],
];

/**
 * The requests of `exec` go out one after the other, each after the reply to the last. With the option `atOnce` they go out
 * together, as OpenSSH sends them.
 *
 * The server may send 2 MiB before the client opens this window again. ssh2 opens it when half is used, so that over a line of
 * 20 ms each way the server waited half of the time. OpenSSH opens it after three packets of 32 KiB.
 */
const clientChanges = [
  [
    '      todo.push(() => reqExec(chan, cmd, opts, cb));\n      todo.shift()();\n',
    1,
    (text) =>
      text.replace('todo.shift()();', 'do {\n        todo.shift()();\n      } while (opts.atOnce && todo.length);'),
  ],
  ['window <= WINDOW_THRESHOLD)', 2, () => 'window <= MAX_WINDOW - 3 * 32 * 1024)'],
];

const seams = [
  { file: /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]kex\.js$/, changes: kexChanges },
  { file: /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]crypto\.js$/, changes: cryptoChanges },
  { file: /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]zlib\.js$/, changes: zlibChanges },
  { file: /[\\/]ssh2[\\/]lib[\\/]protocol[\\/]constants\.js$/, changes: constantsChanges },
  { file: /[\\/]ssh2[\\/]lib[\\/]client\.js$/, changes: clientChanges },
];

/** The files of ssh2 that are changed. */
export const seamFile = /[\\/]ssh2[\\/]lib[\\/](?:protocol[\\/](?:kex|crypto|zlib|constants)|client)\.js$/;

/**
 * @param {string} source of the file
 * @param {string} path of the file
 * @throws {Error} when a place is not where it was
 */
export function applySeam(source, path) {
  const changes = seams.find(({ file }) => file.test(path))?.changes;
  if (changes === undefined) throw new Error(`${path} has no seam; see scripts/ssh2-seam.mjs`);
  let text = source;
  for (const [place, times, replace] of changes) {
    const found = text.split(place).length - 1;
    if (found !== times) {
      throw new Error(
        `ssh2 has changed: ${JSON.stringify(place)} is in ${path} ${found} times, not ${times} times; see scripts/ssh2-seam.mjs`,
      );
    }
    text = text.replaceAll(place, replace);
  }
  return text;
}
