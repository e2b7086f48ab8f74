import { describe, expect, it } from 'vitest';
import { LogLimiter } from '../../../src/shared/log/log-limit.js';

describe('events that strangers can cause', () => {
  it('are logged up to the limit of a period, and then only counted', () => {
    let now = 0;
    const seen: (string | number)[] = [];
    const limiter = new LogLimiter(
      { events: 2, withinMs: 1_000 },
      () => now,
      (count) => seen.push(count),
    );
    const log = (name: string): void => limiter.log(() => seen.push(name));
    for (const name of ['a', 'b', 'c', 'd']) log(name);
    expect(seen).toEqual(['a', 'b']);
    now = 999;
    log('e');
    now = 1_000;
    log('f');
    expect(seen).toEqual(['a', 'b', 3, 'f']);
    limiter.flush();
    expect(seen).toEqual(['a', 'b', 3, 'f']);
    log('g');
    log('h');
    limiter.flush();
    limiter.flush();
    expect(seen).toEqual(['a', 'b', 3, 'f', 'g', 1]);
  });
});
