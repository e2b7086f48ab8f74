import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffled, weightedOrder } from '../../src/shared/weighted-order.js';
import { seededRandom } from '../../src/simulation/seeded-random.js';

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 40 });

describe('a weighted order', () => {
  it('holds every item once, those of weight 0 last', () => {
    fc.assert(
      fc.property(weights, fc.integer(), (list, seed) => {
        const order = weightedOrder([...list.keys()], (i) => list[i] ?? 0, seededRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual([...list.keys()]);
        const positive = order.map((i) => (list[i] ?? 0) > 0);
        expect(positive).toEqual([...positive].sort((a, b) => Number(b) - Number(a)));
      }),
    );
  });

  it('puts first in proportion to weight, and second as if drawn again from the rest', () => {
    const random = seededRandom(1);
    const pairs = new Map<string, number>();
    const tries = 60_000;
    for (let i = 0; i < tries; i++) {
      const [first, second] = weightedOrder([1, 2, 3], (weight) => weight, random);
      pairs.set(`${first}${second}`, (pairs.get(`${first}${second}`) ?? 0) + 1);
    }
    const expected = { '12': (1 / 6) * (2 / 5), '13': (1 / 6) * (3 / 5), '21': (2 / 6) * (1 / 4) };
    const more = { '23': (2 / 6) * (3 / 4), '31': (3 / 6) * (1 / 3), '32': (3 / 6) * (2 / 3) };
    const chiSquare = Object.entries({ ...expected, ...more }).reduce(
      (sum, [pair, share]) => sum + ((pairs.get(pair) ?? 0) - tries * share) ** 2 / (tries * share),
      0,
    );
    // 99.9 % of honest draws stay below this with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.5);
  });

  it('of equal weights is a uniform shuffle: every permutation of 4 as often as any other', () => {
    const random = seededRandom(2);
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const order = shuffled(['a', 'b', 'c', 'd'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
    // 99.9 % with 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.7);
  });
});
