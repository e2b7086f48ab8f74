import { describe, expect, it, vi } from 'vitest';
import { sessionRating } from '../../../src/commands/simulate.js';
import { type DaysOutcome, type DaysScenario, simulateDays } from '../../../src/simulation/simulated-days.js';
import { type Outcome, type Scenario, simulate } from '../../../src/simulation/simulation.js';
import { plotDays, plotOutcome } from '../../../src/simulation/simulation-plot.js';

vi.setConfig({ testTimeout: 60_000 });

const morning: Omit<Scenario, 'seed'> = {
  rule: 'random',
  affinityPoints: 0,
  clients: 1_400,
  windowMs: 600_000,
  capacities: Array.from({ length: 30 }, () => 70),
  ratingAgeMs: 0,
  dead: 0,
  deadAtMs: 0,
};

function over20Seeds(change: Partial<Scenario>): Outcome[] {
  return Array.from({ length: 20 }, (_, seed) => simulate({ ...morning, ...change, seed }, sessionRating));
}
function mean(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { busiestOverMean }) => sum + busiestOverMean, 0) / outcomes.length;
}

describe('1,400 logins in 10 minutes on 30 servers', () => {
  it('by two choices of fresh ratings load the busiest server at most 1.05 times the mean, asking 2 servers each', () => {
    const runs = over20Seeds({ rule: 'two-choices' });
    for (const run of runs) expect(run.busiestOverMean).toBeLessThanOrEqual(1.05 + 1e-9);
    expect(runs[0]?.askedPerLogin).toBe(2);
  });

  it('at random load it about 1.31 times the mean', () => {
    const busiest = mean(over20Seeds({ rule: 'random' }));
    expect(busiest).toBeGreaterThan(1.25);
    expect(busiest).toBeLessThan(1.36);
  });

  it('go all to one server at a time when everybody believes ratings 60 s old and takes the highest', () => {
    const runs = over20Seeds({ rule: 'top', ratingAgeMs: 60_000 });
    expect(mean(runs)).toBeGreaterThan(2.5);
    expect(runs.every(({ peakPer30s }) => peakPer30s > 50)).toBe(true);
  });

  it.each(['two-choices', 'weighted', 'best'] as const)('by %s spread no worse than at random then', (rule) => {
    expect(mean(over20Seeds({ rule, ratingAgeMs: 60_000 }))).toBeLessThan(1.33);
  });

  it('by two choices follow capacity where servers differ', () => {
    const capacities = Array.from({ length: 30 }, (_, i) => (i < 25 ? 42 : 210));
    expect(mean(over20Seeds({ rule: 'two-choices', capacities }))).toBeLessThan(1.08);
  });

  it('all find a working server when a third fails silently in the middle, and the lost users come back', () => {
    const runs = over20Seeds({ rule: 'two-choices', dead: 10, deadAtMs: 300_000 });
    for (const { failed, sessions, alive } of runs) {
      expect(failed).toBe(0);
      expect(alive.filter((lives) => !lives)).toHaveLength(10);
      expect(sessions.reduce((sum, count) => sum + count, 0)).toBe(1_400);
    }
  });

  it('fail, each of them, when no server lives', () => {
    expect(simulate({ ...morning, dead: 30, seed: 1 }, sessionRating)).toMatchObject({
      failed: 1_400,
      busiestOverMean: 1,
    });
  });

  it('come out the same for the same seed', () => {
    const run = (): Outcome => simulate({ ...morning, rule: 'best', seed: 5 }, sessionRating);
    expect(run()).toEqual(run());
  });
});

it('10,000 logins on 1,000 servers by two choices stay within a few sessions of the mean', () => {
  const capacities = Array.from({ length: 1_000 }, () => 30);
  const { busiestOverMean } = simulate(
    { ...morning, rule: 'two-choices', clients: 10_000, capacities, seed: 1 },
    sessionRating,
  );
  expect(busiestOverMean).toBeLessThanOrEqual(1.3);
});

describe('people who come again on several days', () => {
  const weeks = (change: Partial<DaysScenario>, seed = 1): DaysOutcome =>
    simulateDays(
      { ...morning, rule: 'affinity', days: 8, present: 1, added: 0, removed: 0, ...change, seed },
      sessionRating,
    );
  const medianBusiest = ({ days }: DaysOutcome): number => {
    const sorted = days.map(({ busiestOverMean }) => busiestOverMean).sort((a, b) => a - b);
    const middle = [Math.floor, Math.ceil].map((round) => sorted[round((sorted.length - 1) / 2)] ?? 0);
    return ((middle[0] ?? 0) + (middle[1] ?? 0)) / 2;
  };

  it.each([
    [0, 1.05, 0.5],
    [5, 1.09, 0.8],
  ])('come by affinity with %i points as evenly as %f, and to the same server to %f', (points, busiest, same) => {
    const outcome = weeks({ affinityPoints: points });
    expect(medianBusiest(outcome)).toBeLessThanOrEqual(busiest);
    expect(outcome.sameServer).toBeGreaterThanOrEqual(same);
    expect(outcome.days.every(({ askedPerLogin }) => askedPerLogin === 2)).toBe(true);
  });

  it('come by two choices to the same server by chance alone', () => {
    expect(weeks({ rule: 'two-choices', days: 4 }).sameServer).toBeCloseTo(1 / 30, 1);
  });

  it('come as evenly to servers of 1:4 capacity, and by ratings of a minute ago stay even more', () => {
    const capacities = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 28 : 112));
    const unequal = weeks({ capacities, days: 6 });
    expect(medianBusiest(unequal)).toBeLessThan(1.1);
    expect(unequal.sameServer).toBeGreaterThan(0.5);
    const old = weeks({ ratingAgeMs: 60_000, days: 6 });
    expect(medianBusiest(old)).toBeLessThan(1.25);
    expect(old.sameServer).toBeGreaterThan(0.6);
  });

  it('stay where they are when a server joins, but for its share, and go elsewhere when theirs leaves', () => {
    const grown = weeks({ days: 4, added: 1, affinityPoints: 100 });
    expect(grown.days.map(({ sessions }) => sessions.length)).toEqual([30, 30, 31, 31]);
    // With so many points everybody stays on the first of his servers while it lives.
    expect(grown.days.map(({ sameServer }) => sameServer)).toEqual([null, 1, grown.sameServerAfterChange, 1]);
    expect(grown.sameServerAfterChange).toBeLessThan(1);
    expect(grown.sameServerAfterChange).toBeGreaterThan(1 - 1.5 / 31);
    const shrunk = weeks({ days: 2, removed: 1, affinityPoints: 100 });
    const moved = [...(shrunk.days[0]?.serverOf ?? [])].filter(
      ([person, server]) => shrunk.days[1]?.serverOf.get(person) !== server,
    );
    expect(new Set(moved.map(([, server]) => server)).size).toBe(1);
    expect(shrunk.sameServerAfterChange).toBeCloseTo(1 - moved.length / 1_400, 5);
  });

  it('all find a server on days on which a third of them is dead, most of them their own', () => {
    const outcome = weeks({ days: 4, dead: 10 });
    expect(outcome.days.every(({ failed, serverOf }) => failed === 0 && serverOf.size === 1_400)).toBe(true);
    expect(medianBusiest(outcome)).toBeLessThan(1.08);
    expect(outcome.sameServer).toBeGreaterThan(0.3);
  });

  it('are on one day those of a burst, and absent where they are not present', () => {
    const { sameServer, days } = weeks({ days: 1 }, 3);
    expect(sameServer).toBeNull();
    expect(days[0]).toMatchObject(simulate({ ...morning, rule: 'affinity', seed: 3 }, sessionRating));
    const [some] = weeks({ days: 1, present: 0.5 }, 3).days;
    expect(Math.abs((some?.serverOf.size ?? 0) - 700)).toBeLessThan(80);
  });
});

describe('the plot', () => {
  it('of days has the load on the last, and two curves', () => {
    const { days } = simulateDays(
      { ...morning, rule: 'affinity', days: 3, present: 1, added: 1, removed: 0, clients: 50, seed: 1 },
      sessionRating,
    );
    const svg = plotDays(days, 'days');
    expect(svg.match(/<rect x=/g)).toHaveLength(31);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(plotDays([], 'none')).not.toMatch(/NaN|Infinity/);
  });

  it('has a bar for each server, three curves, and a title without markup of its own', () => {
    const svg = plotOutcome(simulate({ ...morning, seed: 1 }, sessionRating), 'a <b> & c');
    expect(svg.match(/<rect x=/g)).toHaveLength(30);
    expect(svg.match(/<polyline/g)).toHaveLength(3);
    expect(svg).toContain('a &lt;b&gt; &amp; c');
    expect(svg).not.toContain('NaN');
  });

  it('can be drawn of nothing', () => {
    const svg = plotOutcome(simulate({ ...morning, clients: 0, capacities: [], seed: 1 }, sessionRating), 'nothing');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
