// ssh2 as part of a bundle of ours.
import { readFileSync } from 'node:fs';
import { applySeam, seamFile } from './ssh2-seam.mjs';

/** What ssh2 has and no program here uses. Node would read and compile it at each start, and load HTTP and TLS for it. */
const unusedOfSsh2 = [
  [/[\\/]ssh2[\\/]lib[\\/]http-agents\.js$/, 'module.exports = {};'],
  [/[\\/]ssh2[\\/]lib[\\/]protocol[\\/]SFTP\.js$/, 'module.exports = {};'],
  // The client asks this at each connection.
  [/[\\/]ssh2[\\/]lib[\\/]agent\.js$/, 'module.exports = { isAgent: () => false };'],
  // For private keys with a passphrase.
  [/[\\/]bcrypt-pbkdf[\\/]index\.js$/, 'module.exports = {};'],
];

/** What asn1 uses of Node's module, which loads a library for the comparison of objects. */
const assertOfAsn1 = `
exports.ok = (value) => { if (!value) throw new TypeError('asn1: an argument is missing'); };
exports.equal = (value, wanted) => exports.ok(value === wanted);
`;

/**
 * ssh2 is bundled, because its 40 files take twice as long to find and compile. Its compiled part is required by its full
 * name.
 */
export const bundleSsh2 = {
  name: 'bundle-ssh2',
  setup(setup) {
    setup.onResolve({ filter: /sshcrypto\.node$/ }, () => ({
      path: 'ssh2/lib/protocol/crypto/build/Release/sshcrypto.node',
      external: true,
    }));
    setup.onResolve({ filter: /^assert$/ }, ({ importer }) =>
      /[\\/]asn1[\\/]/.test(importer) ? { path: 'assert', namespace: 'asn1-assert' } : undefined,
    );
    setup.onLoad({ filter: /./, namespace: 'asn1-assert' }, () => ({ contents: assertOfAsn1 }));
    for (const [filter, contents] of unusedOfSsh2) setup.onLoad({ filter }, () => ({ contents }));
    setup.onLoad({ filter: seamFile }, ({ path }) => ({ contents: applySeam(readFileSync(path, 'utf8'), path) }));
  },
};
