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
\`ldm\` reads its settings from the environment and from an \`lts.conf\` file (\`--config FILE\`, by default
\`/etc/lts.conf\`). The environment takes precedence. An empty variable counts as unset.

\`ldm settings\` shows the current settings, the source of each (default, environment, or file, line and section), and every
problem. \`ldm settings --json\` prints the same for scripts. \`ldm settings --check\` exits with code 78 if there is a
problem, also in a section of another client. Passwords are not shown.

## Problems

No setting prevents the login screen. An invalid value, line or file is reported in the log with variable, value, accepted
values, file and line. The login screen shows one sentence about it, and the setting takes its default. Where the default
would allow more than was meant, the setting takes a safe value instead:

- Host keys are always verified. No option and no invalid line turns that off or makes a connection weaker.
- \`LDM_USER_ALLOW\`: nobody may log in.
- \`LDM_GUEST_SERVER\`, \`LDM_AUTOLOGIN_SERVER\`: guest and automatic logins may not use any server. \`LDM_USERNAME\`,
  \`HOST_TO_USERNAME\`: guest and automatic logins are off.
- \`LDM_ETCD_CA\` and the other files for etcd: etcd is not asked.
- \`LDM_SSHFP_RESOLVER\`: SSHFP records are not used.
- \`LDM_ALLOW_POWER\`: Restart and Shut Down are not offered.

In a list, such as \`LDM_SERVER\`, the valid entries are used. A file that cannot be read counts as empty; if it could be
read before, its former content stays in force.

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

- The name of a section is a host name, an IP address or a MAC address, in upper or lower case. It may be a shell pattern:
  \`*\`, \`?\`, \`[1-5]\`, \`[!a-c]\`. A client uses the sections of its host name, its addresses and its MAC addresses, then
  those whose pattern matches, then \`[default]\`. The first value of a variable takes precedence.
- \`LIKE=section\` adds the lines of another section after the section's own lines. A section may have several.
  \`INCLUDE=section\`, the form of LTSP 19, means the same.
- \`include FILE\` reads a file in this place. A relative path starts at the directory of the including file.
- Values may have quotes, as in a shell: \`"say \\"hi\\""\`. A line may have several assignments. A value without quotes ends at
  \` #\`, at \` ; \`, and at a variable that ldm or LTSP knows.
- Names of variables may be in upper or lower case. The value \`NONE\` unsets a variable that a later section sets.
- \`SCREEN_07_NAME=value\` is \`NAME=value\` on screen 07 only.
- Windows line ends, a byte order mark, UTF-16 and ISO 8859-1 are supported.
`
  .trim()
  .split('\n');

/** The text of `docs/settings.md`, from the tables that define the settings. */
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
    ...section('Menu entries', menuVariables),
    '',
    '## Variables of the classic LDM without effect',
    '',
    '`ldm` logs a warning if one of these is set.',
    '',
    ...markdownTable(
      ['Variable', 'Reason', 'Instead'],
      withoutEffect.map(({ variable, reason, instead }) => [code(variable), reason, instead]),
    ),
    '',
    '## Variables of ldm itself and of LTSP',
    '',
    ...markdownTable(
      ['Variable', 'Meaning'],
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
  return { variable, meaning, accepted, defaultText: defaultText ?? defaultAsText(defaultValue) };
}

function defaultAsText(defaultValue: unknown): string {
  return defaultValue === undefined || typeof defaultValue === 'boolean'
    ? valueText(defaultValue)
    : code(valueText(defaultValue));
}
