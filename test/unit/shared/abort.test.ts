import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { orAfter, unlessAborted, withDeadline } from '../../../src/shared/abort.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => {});
const reason = (): Error => new Error('no longer wanted');

/** The outcome of a promise that waits for nothing any more; undefined while it waits. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let known: unknown;
  promise.then(
    (value) => {
      known = value;
    },
    (error: unknown) => {
      known = error instanceof Error ? `${error.name}: ${error.message}` : error;
    },
  );
  await vi.advanceTimersByTimeAsync(0);
  return known;
}
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('a bounded promise', () => {
  const failed = (): Promise<never> => Promise.reject(new Error('own'));

  it('by a signal has its own outcome, and nobody listens to the signal then', async () => {
    const { signal } = new AbortController();
    expect(await outcome(unlessAborted(Promise.resolve(1), signal, reason))).toBe(1);
    expect(await outcome(unlessAborted(failed(), signal, reason))).toBe('Error: own');
    expect(listeners(signal)).toBe(0);
  });

  it('by a signal waits until that aborts', async () => {
    const abort = new AbortController();
    const bounded = unlessAborted(never, abort.signal, reason);
    expect(await outcome(bounded)).toBeUndefined();
    expect(listeners(abort.signal)).toBe(1);
    abort.abort();
    expect(await outcome(bounded)).toBe('Error: no longer wanted');
    expect(await outcome(unlessAborted(never, abort.signal, reason))).toBe('Error: no longer wanted');
  });

  it('by a time has its own outcome before, and what stands in for it after', async () => {
    expect(await outcome(orAfter(Promise.resolve(1), 50, () => 'late'))).toBe(1);
    expect(await outcome(orAfter(failed(), 50, () => 'late'))).toBe('Error: own');
    const [value, error] = [
      orAfter(never, 50, () => 'late'),
      orAfter(never, 50, () => {
        throw new Error('late');
      }),
    ];
    error.catch(() => {});
    await vi.advanceTimersByTimeAsync(49);
    expect([await outcome(value), await outcome(error)]).toEqual([undefined, undefined]);
    await vi.advanceTimersByTimeAsync(1);
    expect([await outcome(value), await outcome(error)]).toEqual(['late', 'Error: late']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('by a deadline tells its work to end when the time is over', async () => {
    const work = withDeadline(50, undefined, (signal) => unlessAborted(never, signal, () => signal.reason));
    work.catch(() => {});
    await vi.advanceTimersByTimeAsync(49);
    expect(await outcome(work)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome(work)).toBe('TimeoutError: The time is over');
  });

  it('by a deadline and a signal ends with the signal, for its reason, and stops to listen', async () => {
    const outer = new AbortController();
    const begin = () => withDeadline(50, outer.signal, (signal) => unlessAborted(never, signal, () => signal.reason));
    const work = begin();
    work.catch(() => {});
    expect(listeners(outer.signal)).toBe(1);
    outer.abort(new Error('cancelled'));
    expect(await outcome(work)).toBe('Error: cancelled');
    expect(await outcome(begin())).toBe('Error: cancelled');
    expect([listeners(outer.signal), vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe('work with a deadline', () => {
  it('is told to end when it is over, so that nothing of it goes on', async () => {
    let kept: AbortSignal | undefined;
    await withDeadline(50, undefined, async (signal) => {
      kept = signal;
      expect(signal.aborted).toBe(false);
    });
    expect(kept?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
