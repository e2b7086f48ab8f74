import { parseArgs } from 'node:util';
import { desktopRows } from './desktop.js';
import { failoverRows } from './failover.js';
import { ldminfodRows } from './ldminfod.js';
import { loginRows } from './login.js';
import { missedGoals } from './missed-goals.js';
import { oneSessionRows } from './one-session.js';
import { relayRows } from './relay.js';
import { machine, type Row, tableOf } from './report.js';
import { seatRows } from './seat.js';
import { serverDialogRows } from './server-dialog.js';
import { sessionRows, volumeRows } from './session.js';
import { soakRows } from './soak.js';
import { startRows } from './start.js';
import { serversCommandRows, surveyRows } from './survey.js';
import { x11LineRows, x11Rows } from './x11.js';

const help = `usage: npm run bench -- [--runs N] [--only PART[,PART...]] [--long] [--logins N] [--soak SECONDS] [--volume GB] [--strict]
Parts: login, start, seat, session, desktop, desktop-2ms, desktop-20ms, x11, x11-relay, x11-2ms, x11-20ms, x11-100mbit, table,
servers, dialog, ldminfod, failover, one-session, soak, volume.
As root; all in namespaces of its own.
--runs N        measurements of each side (default 7)
--logins N      logins of the part failover (default 60)
--soak SECONDS  length of the part soak, which is left out without it
--volume GB     X traffic of the part volume (default 1)
--long          1,000 logins, an hour's soak, 10 GB
--strict        exit code 1 where a number is not reached, unless docs/performance.md explains it
`;

interface Amounts {
  readonly runs: number;
  readonly logins: number;
  readonly soakSeconds: number;
  readonly gigabytes: number;
}

type Part = (amounts: Amounts) => Promise<readonly Row[]>;

const parts = new Map<string, Part>([
  ['login', ({ runs }) => loginRows(runs)],
  ['start', ({ runs }) => startRows(runs)],
  ['seat', ({ runs }) => seatRows(runs)],
  ['session', ({ runs }) => sessionRows(runs)],
  ['desktop', ({ runs }) => desktopRows(runs)],
  ['desktop-2ms', ({ runs }) => desktopRows(runs, { delayMs: 2 })],
  ['desktop-20ms', ({ runs }) => desktopRows(Math.ceil(runs / 3), { delayMs: 20 })],
  ['x11', ({ runs }) => x11Rows(Math.ceil(runs / 2))],
  ['x11-relay', ({ runs }) => relayRows(runs)],
  ['x11-2ms', ({ runs }) => x11LineRows(Math.ceil(runs / 2), { delayMs: 2 })],
  ['x11-20ms', ({ runs }) => x11LineRows(Math.ceil(runs / 2), { delayMs: 20 })],
  ['x11-100mbit', ({ runs }) => x11LineRows(Math.ceil(runs / 2), { delayMs: 0, megabits: 100 })],
  ['table', ({ runs }) => surveyRows(Math.ceil(runs / 3))],
  ['servers', ({ runs }) => serversCommandRows(runs)],
  ['dialog', ({ runs }) => serverDialogRows(runs)],
  ['ldminfod', () => ldminfodRows()],
  ['failover', ({ logins }) => failoverRows(logins)],
  ['one-session', ({ runs }) => oneSessionRows(runs)],
  ['volume', ({ gigabytes }) => volumeRows(gigabytes)],
  ['soak', ({ soakSeconds }) => (soakSeconds > 0 ? soakRows(soakSeconds) : Promise.resolve([]))],
]);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      only: { type: 'string' },
      logins: { type: 'string' },
      soak: { type: 'string' },
      volume: { type: 'string' },
      long: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const amounts: Amounts = {
    runs: Number(values.runs),
    logins: Number(values.logins ?? (values.long ? 1_000 : 60)),
    soakSeconds: Number(values.soak ?? (values.long ? 3_600 : 0)),
    gigabytes: Number(values.volume ?? (values.long ? 10 : 1)),
  };
  const wanted = values.only?.split(',') ?? [...parts.keys()];
  const rows: Row[] = [];
  for (const name of wanted) {
    const part = parts.get(name);
    if (part === undefined) {
      process.stderr.write(`bench: no part ${name}\n${help}`);
      return 64;
    }
    process.stderr.write(`bench: ${name}\n`);
    rows.push(...(await part(amounts)));
  }
  process.stdout.write(`${machine()}\n\n${tableOf(rows)}\n`);
  const missed = missedGoals(rows);
  for (const { text } of missed) process.stderr.write(`bench: not reached: ${text}\n`);
  return values.strict && missed.some(({ isNew }) => isNew) ? 1 : 0;
}

process.exitCode = await main();
