// Writes docs/settings.md from the tables in src/settings/.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ldm-manual-'));
try {
  const outfile = join(folder, 'manual.mjs');
  const entryPoints = [join(root, 'src/settings/manual.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' });
  const { settingsManual } = await import(pathToFileURL(outfile).href);
  writeFileSync(join(root, 'docs/settings.md'), settingsManual());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
