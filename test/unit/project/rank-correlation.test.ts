import { expect, it } from 'vitest';
import { rankCorrelation } from '../../../bench/rank-correlation.js';

it('the rank correlation is 1 for what rises together, -1 for the opposite, and shares the ranks of ties', () => {
  expect(rankCorrelation([1, 2, 3, 4].map((x) => [x, x ** 3]))).toBeCloseTo(1);
  expect(rankCorrelation([1, 2, 3, 4].map((x) => [x, -(2 ** x)]))).toBeCloseTo(-1);
  // Ranks 1, 2.5, 2.5, 4 and 1, 4, 2.5, 2.5.
  expect(
    rankCorrelation([
      [1, 10],
      [2, 30],
      [2, 20],
      [4, 20],
    ]),
  ).toBeCloseTo(0.5, 5);
});
