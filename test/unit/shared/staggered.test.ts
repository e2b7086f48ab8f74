import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { firstToSucceed } from '../../../src/shared/staggered.js';

const started: string[] = [];
const told: string[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  started.length = 0;
  told.length = 0;
});
afterEach(() => vi.useRealTimers());

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
/** Ends after so many ms, whatever it is told. */
const stubborn = (name: string, ms: number, outcome: 'succeeds' | 'fails') => (): Promise<string> =>
  new Promise((resolve, reject) => {
    setTimeout(() => (outcome === 'succeeds' ? resolve(name) : reject(new Error(name))), ms);
  });

/** Starts the tries. The outcome is the value, or the messages of the errors. */
function begin(tries: Parameters<typeof firstToSucceed<string>>[0], delayMs: number, outer = new AbortController()) {
  const discarded: string[] = [];
  const seen: { outcome: unknown; discarded: string[]; outer: AbortController } = {
    outcome: 'none yet',
    discarded,
    outer,
  };
  firstToSucceed(tries, delayMs, outer.signal, (value) => discarded.push(value)).then(
    (value) => {
      seen.outcome = value;
    },
    (error: unknown) => {
      seen.outcome = error instanceof AggregateError ? error.errors.map(({ message }) => message) : error;
    },
  );
  return seen;
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('of several tries', () => {
  it('a slow one is joined by the next after the delay, the first to succeed wins, and the other is told', async () => {
    const seen = begin(
      [attempt('slow', 5_000, 'succeeds'), attempt('quick', 10, 'succeeds'), attempt('third', 1, 'succeeds')],
      50,
    );
    await pass(49);
    expect(started).toEqual(['slow']);
    await pass(1);
    expect([started, seen.outcome]).toEqual([['slow', 'quick'], 'none yet']);
    await pass(10);
    expect([seen.outcome, told]).toEqual(['quick', ['slow', 'quick']]);
    await pass(60_000);
    expect([started, seen.outcome]).toEqual([['slow', 'quick'], 'quick']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('one that fails is followed at once, and the delay begins again', async () => {
    const seen = begin([attempt('a', 40, 'fails'), attempt('b', 5_000, 'fails'), attempt('c', 1, 'succeeds')], 50);
    await pass(40);
    expect(started).toEqual(['a', 'b']);
    await pass(49);
    expect(started).toEqual(['a', 'b']);
    await pass(2);
    expect([started, seen.outcome]).toEqual([['a', 'b', 'c'], 'c']);
  });

  it('the last one that fails ends the whole, and all are told of together', async () => {
    const seen = begin([attempt('slow', 100, 'fails'), attempt('quick', 1, 'fails')], 50);
    await pass(99);
    expect(seen.outcome).toBe('none yet');
    await pass(1);
    expect(seen.outcome).toEqual(['quick', 'slow']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('none is one that fails', async () => {
    const seen = begin([], 1);
    await pass(0);
    expect(seen.outcome).toEqual([]);
  });

  it('all end when the whole is ended, and no further one starts', async () => {
    const tries = ['a', 'b', 'c'].map((name) => attempt(name, 60_000, 'succeeds'));
    const seen = begin(tries, 10);
    await pass(10);
    seen.outer.abort();
    await pass(0);
    expect(seen.outcome).toEqual(['a told to end', 'b told to end']);
    await pass(1_000);
    expect(started).toEqual(['a', 'b']);
  });

  it('none starts when the whole has ended before', async () => {
    const ended = new AbortController();
    ended.abort();
    const seen = begin([attempt('a', 1, 'succeeds')], 10, ended);
    await pass(1_000);
    expect([started, seen.outcome]).toEqual([[], []]);
  });

  it('each knows why the whole was ended', async () => {
    const reasons: unknown[] = [];
    const seen = begin(
      [
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              reject(signal.reason);
            });
          }),
      ],
      10,
    );
    seen.outer.abort(new Error('cancelled'));
    await pass(0);
    expect([reasons, seen.outcome]).toEqual([[new Error('cancelled')], ['cancelled']]);
  });

  it.each(['succeeds', 'fails'] as const)('nobody listens for the end of the whole after one that %s', async (ends) => {
    const seen = begin([attempt('a', 1, ends)], 10);
    expect(getEventListeners(seen.outer.signal, 'abort')).toHaveLength(1);
    await pass(1);
    expect(getEventListeners(seen.outer.signal, 'abort')).toHaveLength(0);
  });

  it('the value of one that succeeds too late is discarded', async () => {
    const seen = begin([stubborn('late', 30, 'succeeds'), attempt('quick', 1, 'succeeds')], 5);
    await pass(6);
    expect([seen.outcome, seen.discarded]).toEqual(['quick', []]);
    await pass(24);
    expect([seen.outcome, seen.discarded]).toEqual(['quick', ['late']]);
  });

  it('one that fails too late starts no other', async () => {
    const seen = begin(
      [stubborn('late', 30, 'fails'), attempt('quick', 1, 'succeeds'), attempt('third', 1, 'succeeds')],
      5,
    );
    await pass(1_000);
    expect([seen.outcome, started]).toEqual(['quick', ['quick']]);
  });
});
