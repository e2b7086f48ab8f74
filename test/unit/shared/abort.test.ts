import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { orAfter, unlessAborted, withDeadline } from '../../../src/shared/abort.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => {});
const reason = (): Error => new Error('no longer wanted');

describe('a promise that a signal bounds', () => {
  it('gives its value or its error when the signal does not abort', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve(1), signal, reason)).resolves.toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('own')), signal, reason)).rejects.toThrow('own');
  });

  it('rejects as soon as the signal aborts, or at once when it has', async () => {
    const abort = new AbortController();
    const bounded = unlessAborted(never, abort.signal, reason);
    abort.abort();
    await expect(bounded).rejects.toThrow('no longer wanted');
    await expect(unlessAborted(Promise.resolve(1), abort.signal, reason)).rejects.toThrow('no longer wanted');
  });
});

describe('a promise that a time bounds', () => {
  it('gives its own outcome when that comes first, and leaves no timer', async () => {
    await expect(orAfter(Promise.resolve(1), 50, () => 'late')).resolves.toBe(1);
    await expect(orAfter(Promise.reject(new Error('own')), 50, () => 'late')).rejects.toThrow('own');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives or throws what stands in for it when the time is over', async () => {
    const value = orAfter(never, 50, () => 'late');
    const error = orAfter(never, 50, () => {
      throw new Error('late');
    });
    const thrown = expect(error).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(50);
    await expect(value).resolves.toBe('late');
    await thrown;
  });
});

describe('work with a deadline', () => {
  const begin = (ms: number, outer?: AbortSignal) => {
    const seen: { signal?: AbortSignal } = {};
    const done = withDeadline(ms, outer, (signal) => {
      seen.signal = signal;
      return new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    return { seen, done };
  };

  it('is told to end when its time is over', async () => {
    const { done } = begin(50);
    const rejected = expect(done).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.advanceTimersByTimeAsync(50);
    await rejected;
  });

  it('is told to end with the outer signal, and why', async () => {
    const outer = new AbortController();
    const { done } = begin(50, outer.signal);
    outer.abort(new Error('cancelled'));
    await expect(done).rejects.toThrow('cancelled');
    await expect(begin(50, outer.signal).done).rejects.toThrow('cancelled');
    expect(vi.getTimerCount()).toBe(0);
  });

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
