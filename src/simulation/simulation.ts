import { ownNumbers } from '../servers/balancing/affinity.js';
import type { Affinity } from '../servers/balancing/balancing-context.js';
import { seededRandom } from './seeded-random.js';
import { type ClusterOptions, type RatingFormula, SimulatedCluster, type SimulatedRule } from './simulated-cluster.js';

/** A burst of logins. All times are in ms from its start. */
export interface Scenario {
  readonly rule: SimulatedRule;
  /** For the rule `affinity`: see Affinity. */
  readonly affinityPoints: number;
  readonly clients: number;
  /** The logins come at random times within this time. */
  readonly windowMs: number;
  /** One number per server. */
  readonly capacities: readonly number[];
  /** All ratings are collected together at this interval. 0: each login asks the servers. */
  readonly ratingAgeMs: number;
  /** Number of servers, drawn by the seed, that die silently. */
  readonly dead: number;
  /** When they die. The people who work there log in again within a minute. */
  readonly deadAtMs: number;
  readonly seed: number;
}

/** The result of a burst. */
export interface Outcome {
  /** At the end, one number per server; 0 for a dead one. */
  readonly sessions: readonly number[];
  readonly alive: readonly boolean[];
  /** The number of the server on which each person works at the end. */
  readonly serverOf: ReadonlyMap<number, number>;
  /** Use of capacity on the busiest living server, divided by that of all living servers together. */
  readonly busiestOverMean: number;
  /** Number of logins that found no living server. */
  readonly failed: number;
  /** Maximum number of logins on one server within half a minute. */
  readonly peakPer30s: number;
  /** Mean number of servers that a login asks for a rating. */
  readonly askedPerLogin: number;
  readonly timeline: readonly Moment[];
}

/** Sessions on the living servers at one moment. */
export interface Moment {
  readonly atMs: number;
  readonly min: number;
  readonly mean: number;
  readonly busiest: number;
}

const backWithinMs = 60_000;
const moments = 120;

/** @returns the same for the same scenario, seed and formula */
export function simulate(scenario: Scenario, rate: RatingFormula): Outcome {
  const { clients, capacities, seed } = scenario;
  return simulateBurst(
    scenario,
    Array.from({ length: clients }, (_, person) => person),
    {
      ...scenario,
      servers: capacities.map((capacity, number) => ({ number, capacity })),
      affinityOf: freshAffinity(scenario),
      rate,
      random: seededRandom(seed),
    },
  );
}

/** A person's numbers as a client computes them. Each seed has other names, to include the effect of names. */
export function freshAffinity({ affinityPoints: points, seed }: Scenario): (person: number) => Affinity {
  return (person) => ({ numberOf: ownNumbers(`user${person} of run ${seed}`), points });
}

type Burst = Pick<Scenario, 'windowMs' | 'dead' | 'deadAtMs'>;

/** A burst of logins of these people to an empty cluster. */
export function simulateBurst(
  { windowMs, dead, deadAtMs }: Burst,
  people: readonly number[],
  options: ClusterOptions,
): Outcome {
  const { random } = options;
  const cluster = new SimulatedCluster(options);
  const endMs = dead > 0 ? Math.max(windowMs, deadAtMs + backWithinMs) : windowMs;
  let agenda = inOrder([
    ...(dead > 0 ? [{ atMs: deadAtMs, what: 'death' as const }] : []),
    ...people.map((person) => ({ atMs: random() * windowMs, what: { person } })),
    ...Array.from({ length: moments }, (_, i) => ({ atMs: (endMs * (i + 1)) / moments, what: 'look' as const })),
  ]);
  const timeline: Moment[] = [];
  for (let next = 0; next < agenda.length; next++) {
    const { atMs, what } = agenda[next] ?? { atMs: endMs, what: 'look' };
    if (what === 'look') timeline.push({ atMs, ...spread(cluster) });
    else if (what !== 'death') cluster.login(atMs, what.person);
    else {
      const again = cluster.kill(dead).map((person) => ({ atMs: atMs + random() * backWithinMs, what: { person } }));
      const rest = [...agenda.slice(next + 1), ...again];
      agenda = [...agenda.slice(0, next + 1), ...inOrder(rest)];
    }
  }
  const { sessions, alive, failed, logins, asked, loginTimes } = cluster;
  return {
    sessions,
    alive,
    serverOf: new Map([...cluster.places].map(([person, index]) => [person, options.servers[index]?.number ?? -1])),
    busiestOverMean: busiestOverMean(cluster),
    failed,
    peakPer30s: highest(loginTimes.map(maxWithin30s)),
    askedPerLogin: logins > 0 ? asked / logins : 0,
    timeline,
  };
}

function inOrder<T extends { readonly atMs: number }>(agenda: readonly T[]): T[] {
  return [...agenda].sort((a, b) => a.atMs - b.atMs);
}

function spread({ sessions, alive }: SimulatedCluster): Omit<Moment, 'atMs'> {
  const living = sessions.filter((_, index) => alive[index]);
  if (living.length === 0) return { min: 0, mean: 0, busiest: 0 };
  return {
    min: -highest(living.map((count) => -count)),
    mean: sum(living) / living.length,
    busiest: highest(living),
  };
}

function busiestOverMean({ sessions, alive, options }: SimulatedCluster): number {
  const living = [...alive.keys()].filter((index) => alive[index]);
  const used = living.map((index) => sessions[index] ?? 0);
  const capacity = living.map((index) => options.servers[index]?.capacity ?? 1);
  const mean = sum(used) / sum(capacity);
  return mean > 0 ? highest(used.map((count, i) => count / (capacity[i] ?? 1))) / mean : 1;
}

/** @param times in order */
function maxWithin30s(times: readonly number[]): number {
  let first = 0;
  return times.reduce((most, time, last) => {
    while (time - (times[first] ?? time) >= 30_000) first++;
    return Math.max(most, last - first + 1);
  }, 0);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
/** 0 without any numbers. Unlike Math.max, it takes any number of them. */
const highest = (numbers: readonly number[]): number =>
  numbers.reduce((most, number) => Math.max(most, number), numbers[0] ?? 0);
