// Makes the manual pages and the shell completion from the pages' texts in man/ and from the programs' own tables.
//   node scripts/manuals.mjs [FOLDER]    writes FOLDER/man and FOLDER/completions; dist without it
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ldmCompletion, ldminfodCompletion } from './completions.mjs';
import { leafCommands, readDefinitions } from './definitions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Escapes text for roff. */
function roff(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/gm, '\\&$&');
}
const entry = (term, ...paragraphs) => ['.TP', term, ...paragraphs].join('\n');
const bold = (text) => `\\fB${roff(text)}\\fR`;
// A word such as lts.conf is not capitalized.
const sentence = (text) =>
  `${text.replace(/^[a-z](?=[a-z']*[ ,:]|$)/, (first) => first.toUpperCase())}${/[.!?]$/.test(text) ? '' : '.'}`;

function commandSection({ name, command }) {
  const shown = command.registeredArguments.map(argument).join(' ');
  const usage = ['ldm', name].join(' ');
  return [
    `.SS ${bold(usage)}${command.options.length > 0 ? ' [OPTION...]' : ''} ${shown}`.trimEnd(),
    roff(sentence(command.description())),
    ...command.registeredArguments.map((one) => entry(argument(one), roff(sentence(one.description)))),
    ...command.options.map(optionEntry),
  ].join('\n');
}

function argument(one) {
  const word = `\\fI${roff(one.name())}\\fR${one.variadic ? '...' : ''}`;
  return one.required ? word : `[${word}]`;
}

function optionEntry(option) {
  const usual = option.defaultValueDescription ?? option.defaultValue;
  const told = usual === undefined || option.description.includes('default:') ? '' : ` (default: ${usual})`;
  return entry(bold(option.flags), roff(sentence(`${option.description}${told}`)));
}

function settingEntry({ variable, meaning, accepted, fallback, usually, secret }) {
  return entry(
    bold(variable),
    roff(`${sentence(meaning)}\nGive ${accepted}.\nDefault: ${usually ?? inWords(fallback)}.`),
    ...(secret ? ['Its value is shown nowhere, not even in a message about an error.'] : []),
  );
}

function inWords(fallback) {
  if (fallback === undefined) return 'unset';
  if (typeof fallback === 'boolean') return fallback ? 'yes' : 'no';
  return Array.isArray(fallback) ? fallback.join(' ') || 'none' : String(fallback);
}

const infoOption = ([name, { value, help, fallback }]) =>
  entry(
    `${bold(`--${name}`)} \\fI${roff(value)}\\fR`,
    roff(sentence(fallback === '' ? help : `${help} (default: ${fallback})`)),
  );

const { program, optionTable, settingsTopics } = await readDefinitions();
const parts = {
  VERSION: version,
  COMMANDS: leafCommands(program).map(commandSection).join('\n'),
  OPTIONS: program.options.map(optionEntry).join('\n'),
  INFO_OPTIONS: Object.entries(optionTable).map(infoOption).join('\n'),
  SETTINGS: settingsTopics
    .map(({ title, table }) => [`.SS ${roff(title)}`, ...Object.values(table).map(settingEntry)].join('\n'))
    .join('\n'),
};

const folder = process.argv[2] ?? join(root, 'dist');
mkdirSync(join(folder, 'man'), { recursive: true });
mkdirSync(join(folder, 'completions'), { recursive: true });
for (const name of readdirSync(join(root, 'man')).filter((one) => one.endsWith('.in'))) {
  const text = readFileSync(join(root, 'man', name), 'utf8').replace(/@([A-Z_]+)@/g, (_, part) => {
    if (!Object.hasOwn(parts, part)) throw new Error(`man/${name}: there is no part ${part}`);
    return parts[part];
  });
  writeFileSync(join(folder, 'man', name.replace(/\.in$/, '')), text);
}
writeFileSync(join(folder, 'completions/ldm'), ldmCompletion(program));
writeFileSync(join(folder, 'completions/ldminfod'), ldminfodCompletion(optionTable));
