import { describe, expect, it } from 'vitest';
import { emptyContext, inTiers, tierOf } from '../../../src/servers/balancing/balancing-context.js';
import { capacityWeight, utilization } from '../../../src/servers/balancing/capacity.js';
import { ratingTrust } from '../../../src/servers/balancing/rating-age.js';
import { twoChoicesPlan } from '../../../src/servers/balancing/two-choices.js';
import { askByPlan } from '../../../src/servers/balancing/two-choices-round.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';
import { serverInfo } from '../../support/server-info.js';
import { address, names, status } from '../../support/statuses.js';

describe('the weight of a server', () => {
  const statuses = [
    status('a', { capacity: 10 }),
    status('b', { capacity: 30 }),
    status('c'),
    status('d', { capacity: 0 }),
  ];
  const weights = (context: Parameters<typeof capacityWeight>[1]): number[] =>
    statuses.map(capacityWeight(statuses, context));

  it('is its capacity, or else the mean of the known ones', () => {
    expect(weights({})).toEqual([10, 30, 20, 20]);
  });

  it('is that of the list, where the list has one', () => {
    expect(weights({ weightOf: ({ name }) => ({ a: 2, c: 4 })[name] })).toEqual([2, 30, 4, 12]);
  });

  it('is 1 where nothing is known', () => {
    const unknown = [status('a'), status('b')];
    expect(unknown.map(capacityWeight(unknown, {}))).toEqual([1, 1]);
  });
});

describe('the use of capacity', () => {
  it('counts running sessions and logins in progress', () => {
    expect(utilization(status('a', { sessions: 10, capacity: 40, info: serverInfo({ pending: 10 }) }))).toBe(0.5);
    expect(utilization(status('a', { sessions: 10, capacity: 40, info: serverInfo({ pending: null }) }))).toBe(0.25);
    expect(utilization(status('a', { sessions: 10, capacity: 40 }))).toBe(0.25);
  });

  it.each([[{ sessions: null, capacity: 40 }], [{ sessions: 1, capacity: null }], [{ sessions: 1, capacity: 0 }]])(
    'is unknown with %j',
    (known) => {
      expect(utilization(status('a', known))).toBeUndefined();
    },
  );
});

describe('the trust in a rating', () => {
  it.each([
    [0, 0, 1],
    [5_000, 0, 1],
    [5_001, 0, 5_000 / 5_001],
    [2_000, 8_000, 0.5],
    [10_000, -99_999, 0.5],
  ])('of age %d ms, received %d ms ago, is %d', (ratingAgeMs, agoMs, trust) => {
    expect(ratingTrust(status('a', { ratingAgeMs, askedAt: 0 }), agoMs)).toBe(trust);
  });

  it('is a half where the age is unknown', () => {
    expect(ratingTrust(status('a', { ratingAgeMs: null }), 0)).toBe(0.5);
    expect(ratingTrust(status('a', { askedAt: null }), 0)).toBe(0.5);
    expect(ratingTrust(status('a'), null)).toBe(0.5);
  });
});

describe('tiers', () => {
  it('are ordered by what a server lacks, then by demotion, then by pool', () => {
    const context = {
      ...emptyContext,
      poolOf: () => 65_535,
      isDemoted: ({ name }: { name: string }) => name.includes('d'),
      lacks: ({ name }: { name: string }) => (name.includes('l') ? 1 : 0),
    };
    const tiers = ['x', 'd', 'l', 'ld'].map((name) => tierOf(address(name), context));
    expect(tiers).toEqual([...tiers].sort((a, b) => a - b));
    expect(new Set(tiers).size).toBe(4);
    expect(tierOf(address('d'), { ...context, poolOf: () => 0 })).toBeGreaterThan(tierOf(address('x'), context));
    expect(tierOf(address('x'), emptyContext)).toBe(0);
  });

  it('keep the order of their items', () => {
    expect(inTiers(['b2', 'a1', 'c2', 'd1', 'e10'], (item) => Number(item.slice(1)))).toEqual([
      ['a1', 'd1'],
      ['b2', 'c2'],
      ['e10'],
    ]);
  });
});

describe('a round of two choices', () => {
  const unasked = ['a', 'b', 'c'].map((name) => status(name, { state: 'checking', ratingAgeMs: null }));
  const plan = twoChoicesPlan(unasked, seededRandom(1), emptyContext);
  const [first, second, third] = names(plan.draw);
  const now = (): number => performance.now();

  it('asks the first two of the draw, and puts the better one first', async () => {
    const asked: string[] = [];
    const ask = async ({ name }: { name: string }): Promise<ServerStatus> => {
      asked.push(name);
      return status(name, { rating: name === second ? 90 : 10, askedAt: now() });
    };
    expect(names(await askByPlan(plan, 5_000, { ask, now }))).toEqual([second, first, third]);
    expect(asked).toEqual([first, second]);
  });

  it('replaces a server that is not usable at once', async () => {
    const ask = async ({ name }: { name: string }): Promise<ServerStatus> =>
      name === first
        ? status(name, { state: 'down', reason: 'refused' })
        : status(name, { rating: name === third ? 90 : 10, askedAt: now() });
    const startedAt = now();
    expect(names(await askByPlan(plan, 5_000, { ask, now }))).toEqual([third, second, first]);
    expect(now() - startedAt).toBeLessThan(240);
  });

  it('ends at the limit while all servers are silent', async () => {
    const startedAt = now();
    const order = await askByPlan(plan, 100, { ask: () => new Promise(() => {}), now });
    expect(names(order)).toEqual([third, first, second]);
    expect(now() - startedAt).toBeGreaterThanOrEqual(99);
  });
});
