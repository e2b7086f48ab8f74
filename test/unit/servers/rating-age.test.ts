import { describe, expect, it } from 'vitest';
import { ratingTrust } from '../../../src/servers/balancing/rating-age.js';
import { status } from '../../support/statuses.js';

describe('a rating', () => {
  const trust = (ratingAgeMs: number | null, now: number | null, askedAt: number | null = 1_000) =>
    ratingTrust({ ...status('s', { ratingAgeMs }), askedAt }, now);

  it('is trusted for 5 s, its age at the server included, and then as 5 s are to its age', () => {
    expect(trust(0, 1_000)).toBe(1);
    expect(trust(0, 3_000)).toBe(1);
    expect(trust(0, 6_000)).toBe(1);
    expect(trust(2_000, 4_000)).toBe(1);
    expect(trust(2_000, 4_001)).toBeCloseTo(5_000 / 5_001, 6);
    expect(trust(0, 51_000)).toBe(0.1);
    expect(trust(50_000, 1_000)).toBe(0.1);
  });

  it('is no younger for a clock that went back', () => {
    expect(trust(10_000, 0)).toBe(0.5);
    expect(trust(20_000, 0)).toBe(0.25);
  });

  it('is half trusted where its age is not known', () => {
    expect(trust(null, 1_000)).toBe(0.5);
    expect(trust(0, null)).toBe(0.5);
    expect(trust(0, 1_000, null)).toBe(0.5);
  });
});
