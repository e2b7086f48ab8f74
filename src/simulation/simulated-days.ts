import type { Affinity } from '../servers/balancing/balancing-context.js';
import { seededRandom } from './seeded-random.js';
import type { RatingFormula, SimulatedServer } from './simulated-cluster.js';
import { freshAffinity, type Outcome, type Scenario, simulateBurst } from './simulation.js';

/** One burst per day, by people who come again. The servers are empty each morning. */
export interface DaysScenario extends Scenario {
  readonly days: number;
  /** The probability that a person comes on a day, 0-1. */
  readonly present: number;
  /** Number of servers that are added after half of the days. */
  readonly added: number;
  /** Number of the first servers, drawn by the seed, that are removed at that time. */
  readonly removed: number;
}

export interface DaysOutcome {
  readonly days: readonly Day[];
  /** The share of returning people who got the same server as before; null without any. */
  readonly sameServer: number | null;
  /** This share on the first day after the change of servers; null without a change. */
  readonly sameServerAfterChange: number | null;
}

export interface Day extends Outcome {
  readonly sameServer: number | null;
}

/** @returns the same for the same scenario, seed and formula */
export function simulateDays(scenario: DaysScenario, rate: RatingFormula): DaysOutcome {
  const { clients, days: count, present, added, removed } = scenario;
  const random = seededRandom(scenario.seed);
  const affinityOf = count > 1 ? rememberedAffinity(scenario) : freshAffinity(scenario);
  const changesAfter = added + removed > 0 ? Math.floor(count / 2) : 0;
  const lastServerOf = new Map<number, number>();
  const days: Day[] = [];
  let servers: readonly SimulatedServer[] = scenario.capacities.map((capacity, number) => ({ number, capacity }));
  let [again, same] = [0, 0];
  for (let day = 0; day < count; day++) {
    if (day > 0 && day === changesAfter) servers = changed(servers, scenario, random);
    const people = Array.from({ length: clients }, (_, person) => person).filter(
      () => present >= 1 || random() < present,
    );
    const outcome = simulateBurst(scenario, people, { ...scenario, servers, affinityOf, rate, random });
    let [againToday, sameToday] = [0, 0];
    for (const [person, server] of outcome.serverOf) {
      const last = lastServerOf.get(person);
      if (last !== undefined) againToday++;
      if (last === server) sameToday++;
      lastServerOf.set(person, server);
    }
    days.push({ ...outcome, sameServer: share(sameToday, againToday) });
    again += againToday;
    same += sameToday;
  }
  const firstChanged = changesAfter > 0 ? days[changesAfter] : undefined;
  return { days, sameServer: share(same, again), sameServerAfterChange: firstChanged?.sameServer ?? null };
}

function changed(
  servers: readonly SimulatedServer[],
  { capacities, added, removed }: DaysScenario,
  random: () => number,
): SimulatedServer[] {
  const left = [...servers];
  for (let gone = 0; gone < removed; gone++) left.splice(Math.floor(random() * left.length), 1);
  const more = Array.from({ length: added }, (_, i) => ({
    number: servers.length + i,
    capacity: capacities[i % capacities.length] ?? 1,
  }));
  return [...left, ...more];
}

/** Remembers the numbers of each person, since the hash would take most of the time. */
function rememberedAffinity(scenario: Scenario): (person: number) => Affinity {
  const fresh = freshAffinity(scenario);
  const known = new Map<number, Affinity>();
  return (person) => {
    const before = known.get(person);
    if (before) return before;
    const { points, numberOf } = fresh(person);
    const numbers = new Map<string, number>();
    const affinity: Affinity = {
      points,
      numberOf: (server) => {
        const number = numbers.get(server.name) ?? numberOf(server);
        numbers.set(server.name, number);
        return number;
      },
    };
    known.set(person, affinity);
    return affinity;
  };
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
