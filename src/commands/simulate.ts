import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { rate } from '../ldminfod/rating/rating.js';
import { freshForMs } from '../servers/balancing/rating-age.js';
import { balanceRules, parseBalanceRule } from '../settings/tables/server-settings.js';
import type { RatingFormula, SimulatedRule } from '../simulation/simulated-cluster.js';
import { type Day, type DaysOutcome, type DaysScenario, simulateDays } from '../simulation/simulated-days.js';
import { plotDays, plotOutcome } from '../simulation/simulation-plot.js';
import { CommandError, exitCode } from './common/exit-codes.js';

const rules: readonly SimulatedRule[] = [...balanceRules, 'top'];
/** Default number of seeds, and the maximum of their total cost: clients x servers x days x seeds. */
const defaultSeeds = { max: 20, min: 2, cost: 200_000_000, ofDays: 5 };

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .summary('simulate a burst of logins')
    .description(
      'Simulates a burst of logins with the real rules and ratings, and prints how evenly the servers are used. Nothing is ' +
        'sent over the network.',
    )
    .option('--servers <n>', 'number of servers', '30')
    .option('--clients <n>', 'number of logins', '1400')
    .option('--window <seconds>', 'duration of the burst', '600')
    .option(
      '--rule <rule>',
      `${rules.join(', ')} (top: the highest rating, even if it is old; for comparison)`,
      'random',
    )
    .addOption(
      new Option('--points <n>', 'with affinity: the value of LDM_AFFINITY_POINTS')
        .env('LDM_AFFINITY_POINTS')
        .default('0'),
    )
    .option('--rating-age <seconds>', 'interval between ratings; 0: a new rating for each login', '0')
    .option('--dead <n>', 'number of servers that stop answering', '0')
    .option('--dead-at <seconds>', 'time when they stop; their users log in again within a minute', '0')
    .option(
      '--capacity <n,...>',
      'maximum number of sessions of the servers, in turn (default: 1.5 times what is needed)',
    )
    .option('--days <n>', 'number of days on which the same people log in; servers are empty each morning', '1')
    .option('--present <percent>', 'percentage of them who log in on a day', '100')
    .option('--added <n>', 'number of servers that join after half of the days', '0')
    .option('--removed <n>', 'number of servers that leave the list then', '0')
    .option('--seeds <n>', 'number of runs (default: 20, or 5 with several days; fewer for very large clusters)')
    .option('--json', 'print JSON instead of the table')
    .option('--svg <file>', 'draw the first run')
    .action((options: OptionTexts) => runSimulate(options));
}

/** The options as text. */
interface OptionTexts {
  readonly servers: string;
  readonly clients: string;
  readonly window: string;
  readonly rule: string;
  readonly points: string;
  readonly ratingAge: string;
  readonly dead: string;
  readonly deadAt: string;
  readonly capacity?: string;
  readonly days: string;
  readonly present: string;
  readonly added: string;
  readonly removed: string;
  readonly seeds?: string;
  readonly json?: true;
  readonly svg?: string;
}

/** @throws {CommandError} for an invalid option, or a file that cannot be written */
function runSimulate(texts: OptionTexts): void {
  const { scenario, seeds } = readOptions(texts);
  const runs = simulateAll(scenario, seeds);
  const days = runs.flatMap((run) => run.days);
  const believed = oldRatingsMatter(scenario)
    ? simulateAll({ ...scenario, rule: 'top' }, seeds).flatMap((run) => run.days)
    : undefined;
  const report = {
    rule: scenario.rule,
    servers: scenario.capacities.length,
    clients: scenario.clients,
    busiestOverMean: medianAndWorst(days, ({ busiestOverMean }) => busiestOverMean),
    sameServer: meanShare(runs, ({ sameServer }) => sameServer),
    failed: days.reduce((sum, { failed }) => sum + failed, 0),
    ...(scenario.rule === 'affinity' && { points: scenario.affinityPoints }),
    days: scenario.days,
    present: scenario.present,
    added: scenario.added,
    removed: scenario.removed,
    ...(scenario.added + scenario.removed > 0 && {
      sameServerAfterChange: meanShare(runs, ({ sameServerAfterChange }) => sameServerAfterChange),
    }),
    window: scenario.windowMs / 1000,
    ratingAge: scenario.ratingAgeMs / 1000,
    dead: scenario.dead,
    seeds,
    peakPer30s: medianAndWorst(days, ({ peakPer30s }) => peakPer30s),
    askedPerLogin: round(median(days.map(({ askedPerLogin }) => askedPerLogin))),
    ...(believed && { topBelieved: medianAndWorst(believed, ({ busiestOverMean }) => busiestOverMean) }),
  };
  const [first] = runs;
  if (texts.svg !== undefined && first) writePlot(texts.svg, plotOf(first, title(scenario)));
  process.stdout.write(texts.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
}

/** Whether to report what the same ratings do to clients that trust them. */
function oldRatingsMatter({ rule, ratingAgeMs }: BurstScenario): boolean {
  return ratingAgeMs > 0 && (rule === 'best' || rule === 'weighted' || rule === 'two-choices' || rule === 'affinity');
}

type BurstScenario = Omit<DaysScenario, 'seed'>;

function simulateAll(scenario: BurstScenario, seeds: number): DaysOutcome[] {
  return Array.from({ length: seeds }, (_, index) => simulateDays({ ...scenario, seed: index + 1 }, sessionRating));
}

function plotOf({ days }: DaysOutcome, heading: string): string {
  const [first] = days;
  return first && days.length === 1 ? plotOutcome(first, heading) : plotDays(days, heading);
}

/** The rating of ldminfod on a server that does nothing but sessions. */
export const sessionRating: RatingFormula = (connections, capacity) =>
  rate(
    {
      cores: 1,
      load1: null,
      cpuPressure: null,
      memoryTotal: null,
      memoryAvailable: null,
      memoryPressure: null,
      diskPressure: null,
    },
    { connections, capacity },
  );

function readOptions(texts: OptionTexts): { scenario: BurstScenario; seeds: number } {
  const servers = wholeNumber('--servers', texts.servers, 1, 10_000);
  const clients = wholeNumber('--clients', texts.clients, 1, 1_000_000);
  const rule = texts.rule === 'top' ? texts.rule : parseBalanceRule(texts.rule);
  if (rule === undefined) throw wrong('--rule', texts.rule, rules.join(', '));
  const days = wholeNumber('--days', texts.days, 1, 1_000);
  const affordable = Math.floor(defaultSeeds.cost / (servers * clients * days));
  const seeds =
    texts.seeds === undefined
      ? Math.min(days > 1 ? defaultSeeds.ofDays : defaultSeeds.max, Math.max(defaultSeeds.min, affordable))
      : wholeNumber('--seeds', texts.seeds, 1, 10_000);
  const enough = Math.ceil((1.5 * clients) / servers);
  const list = texts.capacity?.split(',').map((word) => wholeNumber('--capacity', word, 1, 1_000_000)) ?? [enough];
  return {
    seeds,
    scenario: {
      rule,
      affinityPoints: wholeNumber('--points', texts.points || '0', 0, 100),
      days,
      present: wholeNumber('--present', texts.present, 1, 100) / 100,
      added: wholeNumber('--added', texts.added, 0, 10_000),
      removed: wholeNumber('--removed', texts.removed, 0, servers - 1),
      clients,
      windowMs: 1000 * wholeNumber('--window', texts.window, 1, 86_400),
      capacities: Array.from({ length: servers }, (_, index) => list[index % list.length] ?? enough),
      ratingAgeMs: 1000 * wholeNumber('--rating-age', texts.ratingAge, 0, 86_400),
      dead: wholeNumber('--dead', texts.dead, 0, servers),
      deadAtMs: 1000 * wholeNumber('--dead-at', texts.deadAt, 0, 86_400),
    },
  };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,7}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw wrong(option, text, `a whole number from ${min} to ${max}`);
}

function wrong(option: string, text: string, accepted: string): CommandError {
  return new CommandError(exitCode.usage, `${option} ${JSON.stringify(text)} cannot be used: give ${accepted}`);
}

function writePlot(file: string, svg: string): void {
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw new CommandError(exitCode.usage, `--svg ${file} cannot be written: ${(error as Error).message}`);
  }
}

interface Report {
  readonly rule: string;
  readonly servers: number;
  readonly clients: number;
  readonly busiestOverMean: { readonly median: number; readonly worst: number };
  readonly sameServer: number | null;
  readonly sameServerAfterChange?: number | null;
  readonly failed: number;
  readonly days: number;
  readonly present: number;
  readonly added: number;
  readonly removed: number;
  readonly window: number;
  readonly ratingAge: number;
  readonly dead: number;
  readonly seeds: number;
  readonly peakPer30s: { readonly median: number; readonly worst: number };
  readonly askedPerLogin: number;
  readonly topBelieved?: { readonly median: number; readonly worst: number };
}

function formatReport(report: Report): string {
  const { busiestOverMean, sameServer, sameServerAfterChange: afterChange = null, peakPer30s, topBelieved } = report;
  const who = report.days > 1 ? 'people' : 'logins';
  const changes = [
    [report.added, 'more'],
    [report.removed, 'fewer'],
  ]
    .flatMap(([count, what]) => (count ? `${count} ${what}` : []))
    .join(', ');
  const rows = [
    ['rule', report.rule],
    ['burst', `${report.clients} ${who} in ${report.window} s on ${report.servers} servers`],
    ...(report.days > 1 ? [['days', `${report.days}, with ${percent(report.present)} of the people on each`]] : []),
    ...(changes === '' ? [] : [['after half of the days', changes]]),
    ...(report.dead > 0 ? [['dead', `${report.dead} servers${report.days > 1 ? ', others on each day' : ''}`]] : []),
    ['ratings', report.ratingAge === 0 ? 'asked for each login' : `up to ${report.ratingAge} s old`],
    ['runs', String(report.seeds)],
    ['busiest / mean', `${busiestOverMean.median} (median), ${busiestOverMean.worst} (worst)`],
    ...(sameServer === null ? [] : [['on the same server as the time before', percent(sameServer)]]),
    ...(afterChange === null ? [] : [['the same, on the first day with other servers', percent(afterChange)]]),
    ['most logins on one server in 30 s', `${peakPer30s.median} (median), ${peakPer30s.worst} (worst)`],
    ['servers asked per login', String(report.askedPerLogin)],
    ['logins without a server', String(report.failed)],
  ];
  const width = Math.max(...rows.map(([name]) => name?.length ?? 0));
  const table = rows.map(([name, value]) => `${(name ?? '').padEnd(width)}  ${value}\n`).join('');
  if (topBelieved === undefined) return table;
  const { median, worst } = topBelieved;
  return `${table}
If every client believed ratings of this age and took the highest, all would go to the same server until the next are
collected: busiest / mean ${median} (median), ${worst} (worst). See it with --rule top.
${whatTheRuleDoes(report)}
`;
}

/** How a rule prevents that. */
function whatTheRuleDoes({ rule, ratingAge, busiestOverMean }: Report): string {
  const instead = `busiest / mean ${busiestOverMean.median} instead.`;
  if (ratingAge * 1_000 <= freshForMs) return `${rule} still believes them, as they are no older than 5 s.`;
  switch (rule) {
    case 'best':
      return `So best does not believe them, and draws by rating as weighted does:\n${instead}`;
    case 'two-choices':
    case 'affinity':
      return `So ${rule} goes by them in few logins, and by the ${rule === 'affinity' ? "user's own order" : 'draw'} in the others:\n${instead}`;
    default:
      return `So ${rule} moves each of them toward their mean:\n${instead}`;
  }
}

function title({ rule, clients, windowMs, capacities, ratingAgeMs, days }: BurstScenario): string {
  if (days > 1) return `${rule}: ${clients} people on ${days} days and ${capacities.length} servers`;
  const age = ratingAgeMs === 0 ? 'fresh ratings' : `ratings up to ${ratingAgeMs / 1000} s old`;
  return `${rule}: ${clients} logins in ${windowMs / 1000} s on ${capacities.length} servers, ${age}`;
}

function medianAndWorst(runs: readonly Day[], of: (run: Day) => number): { median: number; worst: number } {
  const values = runs.map(of);
  return { median: round(median(values)), worst: round(values.reduce((most, value) => Math.max(most, value), 0)) };
}

function meanShare(runs: readonly DaysOutcome[], of: (run: DaysOutcome) => number | null): number | null {
  const shares = runs.flatMap((run) => of(run) ?? []);
  return shares.length > 0 ? round(shares.reduce((sum, one) => sum + one, 0) / shares.length) : null;
}

function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
