import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { rate } from '../ldminfod/rating.js';
import { freshForMs } from '../servers/rating-age.js';
import type { RatingFormula, SimulatedRule } from '../servers/simulated-cluster.js';
import { type Outcome, type Scenario, simulate } from '../servers/simulation.js';
import { plotOutcome } from '../servers/simulation-plot.js';
import { balanceRules, parseBalanceRule } from '../settings/server-settings.js';
import { CommandError, exitCode } from './exit-codes.js';

const rules: readonly SimulatedRule[] = [...balanceRules, 'top'];
/** Seeds without --seeds, and how much they may cost together: clients x servers x seeds. */
const usualSeeds = { most: 20, least: 2, cost: 200_000_000 };

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .summary('what a login burst does to a cluster')
    .description(
      "Sends a burst of logins through the product's own rules and rating, and tells how evenly they spread. " +
        'Nothing is sent over the network.',
    )
    .option('--servers <n>', 'how many servers', '30')
    .option('--clients <n>', 'how many logins', '1400')
    .option('--window <seconds>', 'in how long a time they come', '600')
    .option('--rule <rule>', `${rules.join(', ')} (top: the highest rating whatever its age, for comparison)`, 'random')
    .option('--rating-age <seconds>', 'ratings are collected once in this time; 0: asked for each login', '0')
    .option('--dead <n>', 'so many servers die without a word', '0')
    .option('--dead-at <seconds>', 'when they die; who works there logs in again within a minute', '0')
    .option('--capacity <n,...>', 'sessions that a server can take, in turn (default: half as much again as is needed)')
    .option('--seeds <n>', 'how many runs (default: 20, less for very large clusters)')
    .option('--json', 'print JSON instead of the table')
    .option('--svg <file>', 'draw the first run')
    .action((options: Words) => runSimulate(options));
}

/** The options as typed. */
interface Words {
  readonly servers: string;
  readonly clients: string;
  readonly window: string;
  readonly rule: string;
  readonly ratingAge: string;
  readonly dead: string;
  readonly deadAt: string;
  readonly capacity?: string;
  readonly seeds?: string;
  readonly json?: true;
  readonly svg?: string;
}

/** @throws {CommandError} for an option that cannot be meant, or a file that cannot be written */
function runSimulate(words: Words): void {
  const { scenario, seeds } = readWords(words);
  const runs = simulateAll(scenario, seeds);
  const believed = oldRatingsMatter(scenario) ? simulateAll({ ...scenario, rule: 'top' }, seeds) : undefined;
  const report = {
    rule: scenario.rule,
    servers: scenario.capacities.length,
    clients: scenario.clients,
    busiestOverMean: medianAndWorst(runs, ({ busiestOverMean }) => busiestOverMean),
    failed: runs.reduce((sum, { failed }) => sum + failed, 0),
    window: scenario.windowMs / 1000,
    ratingAge: scenario.ratingAgeMs / 1000,
    dead: scenario.dead,
    seeds,
    peakPer30s: medianAndWorst(runs, ({ peakPer30s }) => peakPer30s),
    askedPerLogin: round(median(runs.map(({ askedPerLogin }) => askedPerLogin))),
    ...(believed && { topBelieved: medianAndWorst(believed, ({ busiestOverMean }) => busiestOverMean) }),
  };
  const [first] = runs;
  if (words.svg !== undefined && first) writePlot(words.svg, plotOutcome(first, title(scenario)));
  process.stdout.write(words.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
}

/** For these rules it is worth telling what the same ratings do to clients that believe them. */
function oldRatingsMatter({ rule, ratingAgeMs }: BurstScenario): boolean {
  return ratingAgeMs > 0 && (rule === 'best' || rule === 'weighted' || rule === 'two-choices');
}

type BurstScenario = Omit<Scenario, 'seed'>;

function simulateAll(scenario: BurstScenario, seeds: number): Outcome[] {
  return Array.from({ length: seeds }, (_, index) => simulate({ ...scenario, seed: index + 1 }, sessionRating));
}

/** What ldminfod tells when sessions are all that its server does. */
const sessionRating: RatingFormula = (connections, capacity) =>
  rate(
    { cores: 1, load1: null, cpuPressure: null, memoryTotal: null, memoryAvailable: null, memoryPressure: null },
    { connections, capacity },
  );

function readWords(words: Words): { scenario: BurstScenario; seeds: number } {
  const servers = wholeNumber('--servers', words.servers, 1, 10_000);
  const clients = wholeNumber('--clients', words.clients, 1, 1_000_000);
  const rule = words.rule === 'top' ? words.rule : parseBalanceRule(words.rule);
  if (rule === undefined) throw wrong('--rule', words.rule, rules.join(', '));
  const usual = Math.floor(usualSeeds.cost / (servers * clients));
  const seeds =
    words.seeds === undefined
      ? Math.min(usualSeeds.most, Math.max(usualSeeds.least, usual))
      : wholeNumber('--seeds', words.seeds, 1, 10_000);
  const enough = Math.ceil((1.5 * clients) / servers);
  const list = words.capacity?.split(',').map((word) => wholeNumber('--capacity', word, 1, 1_000_000)) ?? [enough];
  return {
    seeds,
    scenario: {
      rule,
      clients,
      windowMs: 1000 * wholeNumber('--window', words.window, 1, 86_400),
      capacities: Array.from({ length: servers }, (_, index) => list[index % list.length] ?? enough),
      ratingAgeMs: 1000 * wholeNumber('--rating-age', words.ratingAge, 0, 86_400),
      dead: wholeNumber('--dead', words.dead, 0, servers),
      deadAtMs: 1000 * wholeNumber('--dead-at', words.deadAt, 0, 86_400),
    },
  };
}

function wholeNumber(option: string, word: string, lowest: number, highest: number): number {
  const number = /^\d{1,7}$/.test(word.trim()) ? Number(word) : Number.NaN;
  if (number >= lowest && number <= highest) return number;
  throw wrong(option, word, `a whole number from ${lowest} to ${highest}`);
}

function wrong(option: string, word: string, accepted: string): CommandError {
  return new CommandError(exitCode.usage, `${option} ${JSON.stringify(word)} cannot be used: give ${accepted}`);
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
  readonly failed: number;
  readonly window: number;
  readonly ratingAge: number;
  readonly dead: number;
  readonly seeds: number;
  readonly peakPer30s: { readonly median: number; readonly worst: number };
  readonly askedPerLogin: number;
  readonly topBelieved?: { readonly median: number; readonly worst: number };
}

function formatReport(report: Report): string {
  const { busiestOverMean, peakPer30s, topBelieved } = report;
  const rows = [
    ['rule', report.rule],
    ['burst', `${report.clients} logins in ${report.window} s on ${report.servers} servers`],
    ...(report.dead > 0 ? [['dead', `${report.dead} servers`]] : []),
    ['ratings', report.ratingAge === 0 ? 'asked for each login' : `up to ${report.ratingAge} s old`],
    ['runs', String(report.seeds)],
    ['busiest / mean', `${busiestOverMean.median} (median), ${busiestOverMean.worst} (worst)`],
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

/** How a rule keeps old ratings from doing that. */
function whatTheRuleDoes({ rule, ratingAge, busiestOverMean }: Report): string {
  const instead = `busiest / mean ${busiestOverMean.median} instead.`;
  if (ratingAge * 1_000 <= freshForMs) return `${rule} still believes them, as they are no older than 5 s.`;
  switch (rule) {
    case 'best':
      return `So best does not believe them, and draws by rating as weighted does:\n${instead}`;
    case 'two-choices':
      return `So two-choices goes by them in few logins, and by the draw in the others:\n${instead}`;
    default:
      return `So ${rule} moves each of them towards their mean:\n${instead}`;
  }
}

function title({ rule, clients, windowMs, capacities, ratingAgeMs }: BurstScenario): string {
  const age = ratingAgeMs === 0 ? 'fresh ratings' : `ratings up to ${ratingAgeMs / 1000} s old`;
  return `${rule}: ${clients} logins in ${windowMs / 1000} s on ${capacities.length} servers, ${age}`;
}

function medianAndWorst(runs: readonly Outcome[], of: (run: Outcome) => number): { median: number; worst: number } {
  const values = runs.map(of);
  return { median: round(median(values)), worst: round(Math.max(...values)) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
