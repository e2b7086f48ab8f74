// The programs' own tables, for manual pages and shell completion: the commands as commander knows them, ldminfod's
// options and the settings, bundled from the sources as they are now.
import { bundleAndImport } from './bundle-and-import.mjs';
// Some commands need ssh2 as the build makes it.
import './ssh2-seam-hook.mjs';

/** @returns {Promise<{ program: import('commander').Command, optionTable: object, settingsTopics: readonly object[] }>} */
export async function readDefinitions() {
  const { program, commandFiles, ...tables } = await bundleAndImport(`
    export { program, commandFiles } from './src/commands/program.ts';
    export { optionTable } from './src/ldminfod/options/option-table.ts';
    export { settingsTopics } from './src/settings/settings.ts';`);
  for (const load of commandFiles.values()) (await load())(program);
  return { program, ...tables };
}

/** Each command that does something, with its whole name (`keys scan`), in the order of the help. */
export function leafCommands(program) {
  const leaves = (command, name) =>
    command.commands.length === 0
      ? [{ name, command }]
      : command.commands.flatMap((one) => leaves(one, [name, one.name()].filter(Boolean).join(' ')));
  return leaves(program, '');
}
