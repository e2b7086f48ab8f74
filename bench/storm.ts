/**
 * A storm of logins against real sshd and ldminfod on hosts made of namespaces, while a third of the servers dies. Prints a
 * summary with the prediction of the simulation. --out FILE keeps each login (FILE.csv) and the summary (FILE.json).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { sessionRating } from '../src/commands/simulate.js';
import { parseBalanceRule } from '../src/settings/tables/server-settings.js';
import { shuffled } from '../src/shared/weighted-order.js';
import { seededRandom } from '../src/simulation/seeded-random.js';
import { simulate } from '../src/simulation/simulation.js';
import { pause, quantile } from './measure.js';
import { ProcessorTime, usedBy } from './processor-time.js';
import { machine } from './report.js';
import { type StormCrowd, startCrowd } from './storm-crowd.js';
import { type Death, deathOf, readyToDie, startServers } from './storm-servers.js';
import { type Arrival, commonClock } from './storm-task.js';

const { values: options } = parseArgs({
  options: {
    rule: { type: 'string', default: 'affinity' },
    servers: { type: 'string', default: '30' },
    dead: { type: 'string', default: '10' },
    logins: { type: 'string', default: '1400' },
    window: { type: 'string', default: '120' },
    processes: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
});
const rule = parseBalanceRule(options.rule);
if (rule === undefined) throw new Error(`no rule ${options.rule}`);
const [servers, dead, logins] = [Number(options.servers), Number(options.dead), Number(options.logins)];
const windowMs = Number(options.window) * 1_000;
const deadAtMs = windowMs / 2;
/** Users of a dead server log in again within this many ms, as in the simulation. */
const backWithinMs = 60_000;
const inTimeMs = 10_000;
/** One and a half times the capacity that is needed without the dead servers. */
const capacity = Math.ceil((1.5 * logins) / (servers - dead));
const simulations = 100;

interface Login extends Arrival {
  readonly client: number;
  /** ms from the beginning of the storm. */
  readonly atMs: number;
  /** Whether an earlier session of this client has died. */
  readonly again: boolean;
}

/** @param doomed the servers that will die, with the functions that make them die */
async function storm(crowd: StormCrowd, doomed: ReadonlyMap<string, () => Promise<void>>): Promise<Login[]> {
  const random = seededRandom(1);
  const all: Login[] = [];
  const coming: Promise<void>[] = [];
  const began = commonClock() + 1_000;
  let areDead = false;
  const come = async (client: number, atMs: number, again: boolean): Promise<void> => {
    const arrival = await crowd.come(client, { name: `user${client}`, password }, began + atMs);
    all.push({ client, atMs, again, ...arrival });
    if (areDead && !again) comeAgain(client, arrival.server);
  };
  const comeAgain = (client: number, server: string | null): void => {
    if (server === null || !doomed.has(server)) return;
    coming.push(come(client, Math.max(deadAtMs, commonClock() - began) + random() * backWithinMs, true));
  };
  for (let client = 0; client < logins; client++) coming.push(come(client, random() * windowMs, false));
  await pause(began + deadAtMs - commonClock());
  areDead = true;
  const before = [...all];
  await Promise.all([...doomed.values()].map((die) => die()));
  for (const { client, server } of before) comeAgain(client, server);
  // The list grows during the loop.
  for (let next = 0; next < coming.length; next++) await coming[next];
  return all;
}

/** The number of users of each server at the end. */
function countsOf(all: readonly Login[], names: readonly string[]): number[] {
  const last = new Map<number, string | null>();
  for (const { client, server } of [...all].sort((a, b) => a.atMs - b.atMs)) last.set(client, server);
  return names.map((name) => [...last.values()].filter((server) => server === name).length);
}

function simulated(theRule: NonNullable<typeof rule>): readonly [low: number, median: number, high: number] {
  const capacities = Array.from({ length: servers }, () => capacity);
  const scenario = {
    rule: theRule,
    affinityPoints: 0,
    clients: logins,
    windowMs,
    capacities,
    ratingAgeMs: 0,
    dead,
    deadAtMs,
  };
  const ratios = Array.from(
    { length: simulations },
    (_, index) => simulate({ ...scenario, seed: index + 1 }, sessionRating).busiestOverMean,
  );
  return [quantile(ratios, 0.025), quantile(ratios, 0.5), quantile(ratios, 0.975)];
}

function csvOf(all: readonly Login[]): string {
  const line = ({ client, atMs, again, server, ms, problem }: Login): string =>
    [
      client,
      Math.round(atMs),
      again ? 'again' : 'first',
      server ?? '',
      Math.round(ms),
      JSON.stringify(problem ?? ''),
    ].join();
  const lines = [...all].sort((a, b) => a.atMs - b.atMs).map(line);
  return `client,at ms,login,server,ms,problem\n${lines.join('\n')}\n`;
}

const password = 'correct horse';
const people = Array.from({ length: logins }, (_, number) => ({ name: `user${number}`, password }));
const note = (text: string): boolean => process.stderr.write(`storm: ${text}\n`);

note(`${servers} servers start`);
const cluster = await startServers(servers, capacity, people);
try {
  // By address, since names would be looked up for each client.
  const names = cluster.servers.map(({ address }) => address);
  const doomed = new Map<string, () => Promise<void>>();
  const deaths: Record<string, Death> = {};
  for (const [number, server] of shuffled(cluster.servers, seededRandom(2)).slice(0, dead).entries()) {
    deaths[server.address] = deathOf(number);
    doomed.set(server.address, await readyToDie(server, deathOf(number), cluster));
  }
  note(`${logins} clients start, and ask all servers`);
  const env = {
    ...cluster.environment,
    LDM_SERVER: names.join(' '),
    LDM_BALANCE: rule,
    LDM_LOGLEVEL: '2',
    // A cheap key exchange, since all clients share this machine.
    LDM_SSHOPTIONS: '-o KexAlgorithms=curve25519-sha256',
  };
  const crowd = await startCrowd(cluster.client, { clients: logins, processes: Number(options.processes), env });
  note('the storm begins');
  const [usedBefore, infoBefore, freeBefore] = [crowd.usedMs(), usedBy('ldminfod.cjs'), availableMegabytes()];
  const processors = new ProcessorTime();
  const all = await storm(crowd, doomed);
  processors.stop();
  const counts = countsOf(all, names);
  const living = counts.filter((_, index) => !doomed.has(names[index] ?? ''));
  const times = all.map(({ server, ms }) => (server === null ? Number.POSITIVE_INFINITY : ms));
  const [low, middle, high] = simulated(rule);
  const summary = {
    machine: machine(),
    rule,
    servers,
    logins,
    'window s': windowMs / 1_000,
    'logins with those who came again': all.length,
    deaths,
    'within 10 s %': (100 * times.filter((ms) => ms <= inTimeMs).length) / all.length,
    'no session': all.filter(({ server }) => server === null).length,
    'ms median': Math.round(quantile(times, 0.5)),
    'ms 99th of 100': Math.round(quantile(times, 0.99)),
    'ms longest': Math.round(Math.max(...times)),
    'sessions at the end': counts,
    'busiest / mean': Number(
      (Math.max(...living) / (living.reduce((sum, one) => sum + one, 0) / living.length)).toFixed(3),
    ),
    'busiest / mean as simulated': { median: middle, '95 % of the runs': [low, high] },
    'processors busy %': Math.round(100 * processors.mean),
    'processors busy in the busiest 10 s %': Math.round(100 * busiest(processors.shares)),
    'processor ms of the client for a login': Math.round((crowd.usedMs() - usedBefore) / all.length),
    'processor ms of ldminfod for a login': Math.round((usedBy('ldminfod.cjs') - infoBefore) / all.length),
    'memory MB for a session': Number(((freeBefore - availableMegabytes()) / all.length).toFixed(1)),
  };
  process.stdout.write(`${JSON.stringify(summary, null, 1)}\n`);
  if (options.out !== undefined) {
    mkdirSync(dirname(options.out), { recursive: true });
    writeFileSync(`${options.out}.csv`, csvOf(all));
    writeFileSync(`${options.out}.json`, `${JSON.stringify(summary, null, 1)}\n`);
  }
  crowd.stop();
} finally {
  await cluster.stop();
}

function busiest(shares: readonly number[]): number {
  const tens = shares.map((_, at) => shares.slice(at, at + 10)).filter(({ length }) => length === 10);
  return Math.max(0, ...tens.map((ten) => ten.reduce((sum, share) => sum + share, 0) / 10));
}

function availableMegabytes(): number {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) / 1_024;
}
