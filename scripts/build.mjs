// Bundles each program into one file of dist/: Node loads that fastest, and an upgrade cannot take away a part that a running
// program has not read yet. `ldm` runs the modules of a command, and loads Node's modules for it, only when the command is used:
// a dynamic import becomes a call. CommonJS loads faster than ES modules, and is the only form in which node-gtk is reliable (the
// last statement runs GTK's loop). Compiled packages stay outside the bundles.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleSsh2 } from './bundle-ssh2.mjs';
import { writeCatalogues } from './catalogues.mjs';
import { bundleNodeGtk } from './node-gtk-seam.mjs';

const dist = 'dist';
// Names are not shortened, because they appear in logs.
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  // Node shows the line of an uncaught error; a whole bundle would fill the journal.
  lineLimit: 200,
  loader: { '.sh': 'text' },
};

const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);

/** An older Node would fail with a stack trace at the first thing that it does not have. */
const headOf = (program) =>
  [
    '{ const [major, minor] = process.versions.node.split(".");',
    `if (major < ${major} || (major == ${major} && minor < ${minor})) {`,
    `console.error(\`${program}: Node \${process.versions.node} is too old; install Node ${major}.${minor} or newer (found: \${process.execPath})\`);`,
    'process.exit(70); } }',
  ].join(' ');

/**
 * A greeter that starts beside `ldm` (src/early.pl) leaves it to `ldm` to tell of an addon for another Node. Its name is that
 * of node-gtk-seam.mjs.
 */
const headOfWindows = {
  js: [
    '"use strict";',
    'if (process.argv[2] === "looks-follow") try {',
    'const { versions: { modules }, platform, arch } = process;',
    'const name = ["node-v" + modules, platform, arch].join("-");',
    'require.resolve("node-gtk/lib/binding/" + name + "/node_gtk.node");',
    '} catch { process.exit(70); }',
  ].join(' '),
};

const { metafile } = await build({
  ...common,
  entryPoints: ['src/main.ts'],
  outfile: join(dist, 'ldm.cjs'),
  format: 'cjs',
  external: ['cpu-features'],
  define: { 'import.meta.url': 'ldmUrl', 'import.meta.filename': '__filename' },
  plugins: [bundleSsh2],
  banner: { js: `${headOf('ldm')} const ldmUrl = require('node:url').pathToFileURL(__filename).href;` },
  metafile: true,
});
const { metafile: serverFile } = await build({
  ...common,
  entryPoints: ['src/ldminfod/main.ts'],
  outfile: join(dist, 'ldminfod.cjs'),
  format: 'cjs',
  banner: { js: headOf('ldminfod') },
  metafile: true,
});
const { metafile: greeterFile } = await build({
  ...common,
  entryPoints: { greeter: 'src/ui/main.ts', connection: 'src/ui/connection.ts' },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  banner: headOfWindows,
  plugins: [bundleNodeGtk],
  metafile: true,
});
await build({
  ...common,
  entryPoints: ['src/early.ts'],
  outfile: join(dist, 'early.cjs'),
  format: 'cjs',
});
copyFileSync('src/early.pl', join(dist, 'early.pl'));

writeCatalogues(join(dist, 'words'));

// The packages whose code is in the bundles, for the license notices (notices.mjs).
const inputs = [metafile, serverFile, greeterFile].flatMap((one) => Object.keys(one.inputs));
const packages = inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
writeFileSync(join(dist, '.bundled.json'), JSON.stringify([...new Set(packages)].sort()));
