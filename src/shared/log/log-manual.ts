import { code, markdownTable } from '../markdown-table.js';
import { logTopics } from './log-events.js';
import type { LogEventTable } from './log-table.js';

const introduction = `
Each line of the log is one event: its level, its name, and its fields.

\`\`\`
warn server-failed server=app2 code=refused detail="connect ECONNREFUSED 192.0.2.12:22" ms=4
\`\`\`

- \`ldm\` and \`ldminfod\` write to standard error. Under systemd that is the journal: \`journalctl -u 'ldm@*'\`,
  \`journalctl -u ldminfod\`. Each line then has the matching priority.
- \`LDM_LOGLEVEL\` sets which lines \`ldm\` writes: 3 for \`error\`, 4 for \`warn\`, 6 for \`info\`, 7 for \`debug\`.
- A value is quoted as in JSON unless it is plain, and cut at 1,000 characters. A field without a value is left out.
- Passwords and answers to prompts are never logged.

Fields that many events share:

| Field | Meaning |
|---|---|
| \`server\` | the server as the list names it |
| \`ms\` | how long it took, in milliseconds |
| \`code\` | a stable code: of a failed login, of the system (\`ENOSPC\`), or an exit code |
| \`problem\`, \`detail\`, \`reason\`, \`why\` | what went wrong, for people |
| \`file\`, \`program\`, \`path\` | the file in question |
`
  .trim()
  .split('\n');

/** `docs/log-events.md`: every event, from the tables that type the logs. */
export function logManual(infoServiceEvents: LogEventTable): string {
  return [
    '# Log events',
    '',
    '<!-- Generated from src/shared/log/log-events.ts and src/ldminfod/log-events.ts by scripts/log-events.mjs. -->',
    '',
    ...introduction,
    '',
    '## `ldm`',
    ...logTopics.flatMap(({ title, table }) => ['', `### ${title}`, '', ...eventTable(table)]),
    '',
    '## `ldminfod`',
    '',
    ...eventTable(infoServiceEvents),
    '',
    'The seat script `ldm-seat` has a log of its own: see `seats.md`.',
    '',
  ].join('\n');
}

function eventTable(table: LogEventTable): string[] {
  return markdownTable(
    ['Event', 'Level', 'Meaning', 'Fields'],
    Object.entries(table).map(([name, { level, meaning, fields }]) => [
      code(name),
      level,
      meaning,
      fields.map(code).join(', '),
    ]),
  );
}
