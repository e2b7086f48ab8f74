import { beforeEach, describe, expect, it } from 'vitest';
import { firstToSucceed } from '../../../src/shared/staggered.js';

const never = new AbortController().signal;
const started: string[] = [];
const told: string[] = [];
beforeEach(() => {
  started.length = 0;
  told.length = 0;
});
/** Ends after so many ms, or when it is told to. */
function attempt(name: string, ms: number, outcome: 'succeeds' | 'fails') {
  return (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      started.push(name);
      const timer = setTimeout(() => (outcome === 'succeeds' ? resolve(name) : reject(new Error(name))), ms);
      signal.addEventListener('abort', () => {
        told.push(name);
        clearTimeout(timer);
        reject(new Error(`${name} told to end`));
      });
    });
}

describe('of several tries', () => {
  it('a slow one is joined by the next after the delay, the first to succeed wins, and the other is told', async () => {
    const tries = [
      attempt('slow', 5_000, 'succeeds'),
      attempt('quick', 1, 'succeeds'),
      attempt('third', 1, 'succeeds'),
    ];
    const start = performance.now();
    expect(await firstToSucceed(tries, 50, never)).toBe('quick');
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(started).toEqual(['slow', 'quick']);
    expect(told).toContain('slow');
  });

  it('one that fails is followed at once', async () => {
    const start = performance.now();
    const tries = [attempt('a', 1, 'fails'), attempt('b', 1, 'fails'), attempt('c', 1, 'succeeds')];
    expect(await firstToSucceed(tries, 10_000, never)).toBe('c');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('all that fail are told of together', async () => {
    const tries = [attempt('a', 1, 'fails'), attempt('b', 5, 'fails')];
    await expect(firstToSucceed(tries, 2, never)).rejects.toMatchObject({
      errors: [{ message: 'a' }, { message: 'b' }],
    });
  });

  it('none is one that fails', async () => {
    await expect(firstToSucceed([], 1, never)).rejects.toMatchObject({ errors: [] });
  });

  it('all end when the whole is ended', async () => {
    const outer = AbortSignal.timeout(30);
    const tries = [attempt('a', 60_000, 'succeeds'), attempt('b', 60_000, 'succeeds')];
    await expect(firstToSucceed(tries, 10, outer)).rejects.toMatchObject({ errors: { length: 2 } });
  });

  it('the value of one that succeeds too late is discarded', async () => {
    const discarded: string[] = [];
    const late = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 30, 'late'));
    const tries = [late, attempt('quick', 1, 'succeeds')];
    expect(await firstToSucceed(tries, 5, never, (value) => discarded.push(value))).toBe('quick');
    await expect.poll(() => discarded).toEqual(['late']);
  });
});
