// Bundles TypeScript sources as they are now, and imports the result.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} contents statements `export ... from './src/...'` */
export async function bundleAndImport(contents) {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-bundle-'));
  try {
    const outfile = join(folder, 'bundle.mjs');
    const stdin = { contents, resolveDir: root, loader: 'ts' };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm' });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
