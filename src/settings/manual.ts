import { code, markdownTable } from '../shared/markdown-table.js';
import type { Setting } from './setting.js';
import { settingsTopics } from './settings.js';
import { surroundings, withoutEffect } from './tables/classic-variables.js';
import { menuVariables } from './tables/menu-settings.js';
import { valueText } from './value-text.js';

/** A row of the manual. */
interface Row {
  readonly variable: string;
  readonly meaning: string;
  readonly accepted: string;
  readonly defaultText: string;
}

const introduction = `
Settings come from the environment and from an \`lts.conf\` file (\`--config FILE\`, else \`/etc/lts.conf\` where it exists).
The environment takes precedence. An empty variable counts as unset.

\`ldm settings\` shows the settings in force, where each comes from (default, environment, or file, line and section), and
every problem. \`ldm settings --json\` prints the same for scripts. \`ldm settings --check\` ends with exit code 78 if there
is a problem, also one in a section of another client. Passwords are not shown.

## Problems

No setting keeps the login screen away. A value, a line or a file that cannot be used is reported in the log with variable,
value, what is accepted, file and line; the login screen says in one sentence that there are problems; and the setting
takes its default. Where the default would allow more than was meant, a safe value stands in for it:

- Host keys are always checked. No option and no broken line turns that off or makes a connection weaker.
- \`LDM_USER_ALLOW\`: nobody may log in.
- \`LDM_GUEST_SERVER\`, \`LDM_AUTOLOGIN_SERVER\`: guest and automatic logins may use no server. \`LDM_USERNAME\`,
  \`HOST_TO_USERNAME\`: there are no such logins.
- \`LDM_ETCD_CA\` and the other files for etcd: etcd is not asked.
- \`LDM_SSHFP_RESOLVER\`: SSHFP records are not used.
- \`LDM_ALLOW_POWER\`: Restart and Shut Down are not offered.

In a list, such as \`LDM_SERVER\`, the words that can be used count. A file that cannot be read is treated as one that says
nothing; if it could be read before, what it said stays in force.

## The file

\`\`\`
LDM_SERVER="app1 app2"              # before the first section: for all clients, as in [default]
[default]
LDM_BALANCE=two-choices             ; a comment, like #
[library]
LDM_GUESTLOGIN=yes LDM_USERNAME="reader"
[pc0[1-5]]
LIKE=library
[00:11:22:33:44:55]
LDM_SERVER=NONE
include /etc/lts.conf.rooms
\`\`\`

- Sections are named by host name, IP address or MAC address, in any case. The name may be a shell pattern: \`*\`, \`?\`,
  \`[1-5]\`, \`[!a-c]\`. The client takes the sections of its host name, its addresses and its MAC addresses, then those whose
  pattern matches, then \`[default]\`. What is found first counts.
- \`LIKE=section\` adds what another section says, behind the section's own lines. There may be several. \`INCLUDE=section\`,
  as LTSP 19 has it, is the same.
- \`include FILE\` reads a file in that place. A relative name starts at the folder of the file that includes it.
- Values may stand in quotes, as in a shell: \`"say \\"hi\\""\`. Several assignments may stand on one line. A value without quotes
  ends at \` #\`, at \` ; \`, and at a variable that ldm or LTSP knows.
- Names of variables are read in any case. The value \`NONE\` unsets a variable that a later section sets.
- \`SCREEN_07_NAME=value\` is \`NAME=value\` on screen 07 alone.
- Windows line ends, a byte order mark, UTF-16 and ISO 8859-1 are read.
`
  .trim()
  .split('\n');

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
    ...introduction,
    ...topics.flatMap(({ title, rows }) => section(title, rows)),
    ...section('Entries of your own in the menu', menuVariables),
    '',
    '## Variables of the classic LDM without effect',
    '',
    '`ldm` warns in its log where one of these is set.',
    '',
    ...markdownTable(
      ['Variable', 'Why not', 'Instead'],
      withoutEffect.map(({ variable, reason, instead }) => [code(variable), reason, instead]),
    ),
    '',
    '## Variables that are not for you to set, or not for ldm to read',
    '',
    ...markdownTable(
      ['Variable', 'What it is'],
      surroundings.map(({ variable, meaning }) => [code(variable), meaning]),
    ),
    '',
  ].join('\n');
}

function section(title: string, rows: readonly Row[]): string[] {
  const cells = rows.map(({ variable, meaning, accepted, defaultText }) => [
    code(variable),
    meaning,
    accepted,
    defaultText,
  ]);
  return ['', `## ${title}`, '', ...markdownTable(['Variable', 'Meaning', 'Accepted', 'Default'], cells)];
}

function rowOf({ variable, meaning, accepted, defaultValue, defaultText }: Setting<unknown>): Row {
  return { variable, meaning, accepted, defaultText: defaultText ?? inWords(defaultValue) };
}

function inWords(defaultValue: unknown): string {
  return defaultValue === undefined || typeof defaultValue === 'boolean'
    ? valueText(defaultValue)
    : code(valueText(defaultValue));
}
