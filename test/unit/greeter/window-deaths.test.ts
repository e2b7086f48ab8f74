import { describe, expect, it } from 'vitest';
import { countDeath, type Deaths, type DeathVerdict } from '../../../src/greeter/processes/window-deaths.js';

/** Verdicts on deaths at these times, in ms. */
function verdicts(kind: 'died' | 'no-display', times: readonly number[]): DeathVerdict[] {
  let deaths: Deaths = [];
  return times.map((now) => {
    const next = countDeath(deaths, kind, now);
    deaths = next.deaths;
    return next.verdict;
  });
}

describe('windows that die', () => {
  it('are started again, from the second time on without messages, and given up at the fourth', () => {
    expect(verdicts('died', [0, 1_000, 2_000, 3_000])).toEqual([
      'restart',
      'restart-without-messages',
      'restart-without-messages',
      'give-up',
    ]);
  });

  it('are started again as at first after 20 s without a death', () => {
    expect(verdicts('died', [0, 19_999, 40_000])).toEqual(['restart', 'restart-without-messages', 'restart']);
    expect(verdicts('died', [100_000, 120_000])).toEqual(['restart', 'restart']);
    expect(verdicts('died', [100_000, 119_999])).toEqual(['restart', 'restart-without-messages']);
  });

  it('are given up at the second time without a display', () => {
    expect(verdicts('no-display', [0, 1_000])).toEqual(['restart', 'give-up']);
  });
});
