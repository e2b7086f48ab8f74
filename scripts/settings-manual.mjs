// Writes docs/settings.md from the tables in src/settings/.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleAndImport } from './bundle-and-import.mjs';

const { settingsManual } = await bundleAndImport(`export { settingsManual } from './src/settings/manual.ts';`);
writeFileSync(fileURLToPath(new URL('../docs/settings.md', import.meta.url)), settingsManual());
