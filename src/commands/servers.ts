import type { Command } from 'commander';
import { stateText } from '../login/sentences.js';
import type { DownReason, ServerStatus } from '../servers/server-status.js';
import type { KnownHosts } from '../session/host-keys/known-hosts.js';
import { cleanLine } from '../shared/plain-text.js';
import { type ConfigOption, configOption } from './common/config-option.js';
import { createContext } from './common/context.js';

export function addServersCommand(program: Command): void {
  program
    .command('servers')
    .summary('query every server once and print the answers')
    .description('Queries every server once and prints a table of the answers.')
    .option(...configOption)
    .option('--json', 'print JSON instead of the table')
    .action(async (options: { json?: true }, command: Command) => {
      const { monitor, knownHosts } = createContext(command.optsWithGlobals<ConfigOption>().config);
      const survey = await monitor.askAll('thorough');
      const [known] = await Promise.all([knownHosts(), survey.complete]);
      const statuses = survey.statuses();
      const asJson = () =>
        JSON.stringify(
          statuses.map((status) => describe(status, known)),
          null,
          2,
        );
      process.stdout.write(options.json ? `${asJson()}\n` : formatTable(statuses, known));
    });
}

/** One server in the output of `--json`. */
interface Row {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly state: ServerStatus['state'];
  readonly rating: number | null;
  readonly sessions: number | null;
  /** Why it takes no logins: a stable code, and the sentence for it. */
  readonly reason: Exclude<DownReason, 'dns-failed'> | 'draining' | 'full' | null;
  readonly message: string | null;
  /** `known` also where a certificate authority may certify the server. */
  readonly hostKey: 'known' | 'unknown';
  readonly ms: number | null;
}

function describe(status: ServerStatus, known: KnownHosts): Row {
  const { server, address, state, rating, sessions, ms } = status;
  const { name, host, port } = server;
  const isKnown = known.keyTypes(host, port).length > 0 || known.authorities(host, port).length > 0;
  const hostKey = isKnown ? 'known' : 'unknown';
  const [reason, message] = [reasonOf(status), messageOf(status)];
  return { name, host, port, address, state, rating, sessions, reason, message, hostKey, ms };
}

function reasonOf({ state, reason, info }: ServerStatus): Row['reason'] {
  if (state === 'draining') return info?.draining === false ? 'full' : 'draining';
  // Scripts get one code for every name without an address; the sentence has the details.
  return reason === 'dns-failed' ? 'unresolvable' : reason;
}

/** The sentence of the State column, without the leading state. */
function messageOf(status: ServerStatus): string | null {
  const cell = stateCell(status);
  return cell === status.state ? null : cell.replace(`${status.state}: `, '');
}

/** `up`, `unrated`, or the greeter's sentence for a server that takes no logins. */
function stateCell(status: ServerStatus): string {
  const { state } = status;
  return state === 'down' || state === 'draining' ? stateText(status) : state;
}

function formatTable(statuses: readonly ServerStatus[], known: KnownHosts): string {
  const cells = statuses.map((status) => {
    const { name, address, rating, sessions, hostKey } = describe(status, known);
    return [name, address ?? '-', String(rating ?? '-'), String(sessions ?? '-'), stateCell(status), hostKey];
  });
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
