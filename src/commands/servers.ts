import type { Command } from 'commander';
import { cleanLine } from '../greeter/plain-text.js';
import { stateText } from '../greeter/sentences.js';
import type { ServerStatus } from '../servers/answer.js';
import type { KnownHosts } from '../session/known-hosts.js';
import { type ConfigOption, configOption } from './config-option.js';
import { createContext } from './context.js';

export function addServersCommand(program: Command): void {
  program
    .command('servers')
    .summary('ask every server once and print the answers')
    .description('Asks every server once, now, and prints a table of the answers.')
    .option(...configOption)
    .option('--json', 'print JSON instead of the table')
    .action(async (options: { json?: true }, command: Command) => {
      const { fleet, knownHosts } = createContext(command.optsWithGlobals<ConfigOption>().config);
      const survey = await fleet.askAll();
      const [known] = await Promise.all([knownHosts(), survey.complete]);
      const rows = survey.statuses().map((status) => describe(status, known));
      process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : formatTable(rows));
    });
}

/** One server as `--json` tells it. */
interface Row {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly state: ServerStatus['state'];
  readonly rating: number | null;
  readonly sessions: number | null;
  readonly reason: string | null;
  readonly hostKey: 'known' | 'unknown';
  readonly ms: number | null;
}

function describe(status: ServerStatus, known: KnownHosts): Row {
  const { server, address, state, rating, sessions, ms } = status;
  const { name, host, port } = server;
  const reason = state === 'down' || state === 'draining' ? stateText(status).replace(`${state}: `, '') : null;
  const hostKey = known.keyTypes(host, port).length > 0 ? 'known' : 'unknown';
  return { name, host, port, address, state, rating, sessions, reason, hostKey, ms };
}

function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.address ?? '-',
    row.rating === null ? '-' : String(row.rating),
    row.sessions === null ? '-' : String(row.sessions),
    row.reason === null ? row.state : `${row.state}: ${row.reason}`,
    row.hostKey,
  ]);
  const table = [['SERVER', 'ADDRESS', 'RATING', 'SESSIONS', 'STATE', 'HOST KEY'], ...cells].map((row) =>
    row.map(cleanLine),
  );
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}
