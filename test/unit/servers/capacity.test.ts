import { describe, expect, it } from 'vitest';
import { capacityWeight, utilization } from '../../../src/servers/balancing/capacity.js';
import { status } from '../../support/statuses.js';

describe('the share of a server', () => {
  const weights = (capacities: readonly (number | null)[], weightOf?: (name: string) => number | undefined) => {
    const statuses = capacities.map((capacity, at) => status(`s${at}`, { capacity }));
    const by = weightOf ? { weightOf: ({ name }: { name: string }) => weightOf(name) } : {};
    return statuses.map(capacityWeight(statuses, by));
  };

  it('is its capacity, and the mean of the known ones where it tells none or one that cannot be', () => {
    expect(weights([100, null, 300, 0, -5])).toEqual([100, 200, 300, 200, 200]);
  });

  it('is the same for all where no capacity is known', () => {
    expect(weights([null, 0])).toEqual([1, 1]);
  });

  it('is the weight of the list before what the server tells', () => {
    expect(weights([100, 100, null], (name) => (name === 's0' ? 10 : undefined))).toEqual([10, 100, 55]);
  });
});

describe('the utilization of a server', () => {
  it('is its sessions over its capacity', () => {
    expect(utilization(status('s', { sessions: 30, capacity: 120 }))).toBe(0.25);
    expect(utilization(status('s', { sessions: 0, capacity: 1 }))).toBe(0);
  });

  it('counts the logins under way', () => {
    const info = { pending: 30 } as never;
    expect(utilization(status('s', { sessions: 30, capacity: 120, info }))).toBe(0.5);
  });

  it.each([
    { sessions: null, capacity: 120 },
    { sessions: 30, capacity: null },
    { sessions: 30, capacity: 0 },
    { sessions: 30, capacity: -1 },
  ])('is unknown where the server tells %j', (known) => {
    expect(utilization(status('s', known))).toBeUndefined();
  });
});
