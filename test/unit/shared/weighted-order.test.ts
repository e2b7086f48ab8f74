import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderByNumber, shuffled, split, weightedOrder } from '../../../src/shared/weighted-order.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 40 });

/** Draws these numbers, one after the other. */
const draws = (...numbers: number[]) => {
  let at = 0;
  return () => numbers[at++] ?? 0;
};

describe('an order by numbers', () => {
  it('goes by -ln(1 - number) / weight, and puts those without a weight last', () => {
    const items = [
      { name: 'zero, later', weight: 0, number: 0.5 },
      { name: 'zero, sooner', weight: 0, number: 0.01 },
      { name: 'light', weight: 1, number: 0.5 },
      { name: 'heavy', weight: 2, number: 0.7 },
      { name: 'lucky', weight: 1, number: 0.1 },
    ];
    const order = orderByNumber(
      items,
      ({ weight }) => weight,
      ({ number }) => number,
    );
    expect(order.map(({ name }) => name)).toEqual(['lucky', 'heavy', 'light', 'zero, sooner', 'zero, later']);
  });

  it('keeps the order of equal items', () => {
    expect(
      orderByNumber(
        ['a', 'b', 'c'],
        () => 1,
        () => 0.5,
      ),
    ).toEqual(['a', 'b', 'c']);
  });
});

describe('a shuffle', () => {
  it('swaps each place, from the last on, with one that is drawn of those up to it', () => {
    expect(shuffled(['a', 'b', 'c', 'd'], draws(0, 0.99, 0.5))).toEqual(['d', 'b', 'c', 'a']);
    expect(shuffled(['a', 'b', 'c', 'd'], draws(0.5, 0.34, 0))).toEqual(['d', 'a', 'b', 'c']);
  });

  it('draws nothing for one item or none', () => {
    const never = (): number => {
      throw new Error('drawn');
    };
    expect(shuffled(['a'], never)).toEqual(['a']);
    expect(shuffled([], never)).toEqual([]);
  });

  it('is what equal weights get, and unequal ones do not', () => {
    expect(weightedOrder(['a', 'b', 'c'], () => 5, draws(0.34, 0.99))).toEqual(['a', 'c', 'b']);
    const byName = (name: string): number => (name === 'c' ? 100 : 5);
    expect(weightedOrder(['a', 'b', 'c'], byName, draws(0.34, 0.99, 0.5))).toEqual(['c', 'a', 'b']);
    expect(weightedOrder([], () => 5, draws())).toEqual([]);
  });
});

it('a split keeps both parts in their order', () => {
  expect(split([5, 2, 3, 4], (number) => number % 2 === 0)).toEqual([
    [2, 4],
    [5, 3],
  ]);
});

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
