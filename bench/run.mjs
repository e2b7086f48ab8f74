// Runs a TypeScript program of this folder: bundles it into node_modules/.cache, then becomes it.
//   node bench/run.mjs bench/main.ts [ARGUMENT...]
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleSsh2 } from '../scripts/bundle-ssh2.mjs';
import { bundleNodeGtk } from '../scripts/node-gtk-seam.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const [program = '', ...args] = process.argv.slice(2);
const seam = pathToFileURL(join(checkout, 'scripts/ssh2-seam-hook.mjs')).href;
/** Of this run alone, for there may be others. Below the checkout, which the hosts of the cluster see. */
const outdir = join(checkout, 'node_modules/.cache/bench', String(process.pid));

/** Files that look for others next to themselves must find them, although they run from the bundle. */
const keepPlaces = {
  name: 'keep-places',
  setup(setup) {
    setup.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

const common = { outdir, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };
await build({
  ...common,
  entryPoints: {
    program: resolve(program),
    worker: join(checkout, 'bench/worker.ts'),
    'storm-clients': join(checkout, 'bench/storm-clients.ts'),
  },
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  packages: 'external',
  loader: { '.sh': 'text' },
  plugins: [keepPlaces],
});
// With their packages in them, as those of ldm.
await build({
  ...common,
  entryPoints: ['bare-window', 'bare-session', 'bare-relay'].map((name) => join(checkout, `bench/${name}.ts`)),
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['cpu-features'],
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(outdir, 'x')).href) },
  plugins: [bundleNodeGtk, bundleSsh2],
});
// What this environment adds to every start of Node (certificates to be read, say) is no part of what is measured.
const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
const { status, signal } = spawnSync(process.execPath, ['--import', seam, join(outdir, 'program.mjs'), ...args], {
  stdio: 'inherit',
  cwd: checkout,
  env,
});
rmSync(outdir, { recursive: true, force: true });
process.exitCode = signal === null ? (status ?? 1) : 1;
