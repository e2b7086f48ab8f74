import { surroundings, withoutEffect } from './classic-variables.js';
import { menuVariables } from './menu-settings.js';
import type { Setting } from './setting.js';
import { settingsTopics } from './settings.js';

/** A row of the manual. */
interface Row {
  readonly variable: string;
  readonly meaning: string;
  readonly accepted: string;
  readonly usually: string;
}

/** `docs/settings.md`: every variable, from the tables that read them. */
export function settingsManual(): string {
  const topics = settingsTopics.map(({ title, table }) => ({
    title,
    rows: Object.values<Setting<unknown>>(table).map(rowOf),
  }));
  return [
    '# Settings',
    '',
    '<!-- Made from src/settings/ by scripts/settings-manual.mjs; change it there. -->',
    '',
    'From the environment, and from an lts.conf file (`--config FILE`, `/etc/lts.conf` where it exists); the environment',
    'wins, and an empty variable counts as unset. A value that cannot be meant is an error that names the variable, the',
    'value and what is accepted, and nothing starts. The password in `LDM_PASSWORD` is taken out of the environment; it',
    'is safest in an lts.conf that root alone may read.',
    ...topics.flatMap(({ title, rows }) => section(title, rows)),
    ...section('Entries of your own in the menu', menuVariables),
    '',
    '## Variables of the classic LDM without effect',
    '',
    '`ldm` warns in its log where one of these is set.',
    '',
    ...table(
      ['Variable', 'Why not', 'Instead'],
      withoutEffect.map(({ variable, reason, instead }) => [code(variable), reason, instead]),
    ),
    '',
    '## Variables that are not for you to set, or not for ldm to read',
    '',
    ...table(
      ['Variable', 'What it is'],
      surroundings.map(({ variable, meaning }) => [code(variable), meaning]),
    ),
    '',
  ].join('\n');
}

function section(title: string, rows: readonly Row[]): string[] {
  const cells = rows.map(({ variable, meaning, accepted, usually }) => [code(variable), meaning, accepted, usually]);
  return ['', `## ${title}`, '', ...table(['Variable', 'Meaning', 'Accepted', 'Default'], cells)];
}

function rowOf({ variable, meaning, accepted, fallback, usually }: Setting<unknown>): Row {
  return { variable, meaning, accepted, usually: usually ?? inWords(fallback) };
}

function inWords(fallback: unknown): string {
  if (fallback === undefined) return 'unset';
  if (typeof fallback === 'boolean') return fallback ? 'yes' : 'no';
  return code(Array.isArray(fallback) ? fallback.join(' ') : String(fallback));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/<(?=[a-z])/gi, '&lt;');
}

function code(text: string): string {
  return `\`${text}\``;
}
