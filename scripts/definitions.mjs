// The programs' own tables, for manual pages and shell completion: the commands as commander knows them, ldminfod's
// options and the settings, bundled from the sources as they are now.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
// Some commands need ssh2 as the build makes it.
import './ssh2-seam-hook.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {Promise<{ program: import('commander').Command, optionTable: object, settingsTopics: readonly object[] }>} */
export async function readDefinitions() {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'definitions-'));
  try {
    await build({
      stdin: {
        contents: `
          export { program, commandFiles } from './src/commands/program.ts';
          export { optionTable } from './src/ldminfod/options.ts';
          export { settingsTopics } from './src/settings/settings.ts';`,
        resolveDir: root,
        loader: 'ts',
      },
      outfile: join(folder, 'definitions.mjs'),
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'esm',
      loader: { '.sh': 'text' },
      logLevel: 'warning',
    });
    const { program, commandFiles, ...tables } = await import(pathToFileURL(join(folder, 'definitions.mjs')).href);
    for (const load of commandFiles.values()) (await load())(program);
    return { program, ...tables };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each command that does something, with its whole name (`keys scan`), in the order of the help. */
export function leafCommands(program) {
  const leaves = (command, name) =>
    command.commands.length === 0
      ? [{ name, command }]
      : command.commands.flatMap((one) => leaves(one, [name, one.name()].filter(Boolean).join(' ')));
  return leaves(program, '');
}
