// Writes docs/log-events.md from the tables of events in src/shared/ and src/ldminfod/.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleAndImport } from './bundle-and-import.mjs';

const { infoServiceEvents, logManual } = await bundleAndImport(`
  export { infoServiceEvents } from './src/ldminfod/log-events.ts';
  export { logManual } from './src/shared/log/log-manual.ts';`);
writeFileSync(fileURLToPath(new URL('../docs/log-events.md', import.meta.url)), logManual(infoServiceEvents));
