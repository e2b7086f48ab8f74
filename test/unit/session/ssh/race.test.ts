import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionError } from '../../../../src/session/session-error.js';
import { race, staggerMs } from '../../../../src/session/ssh/race.js';

const cancelled = (): AbortController => {
  const controller = new AbortController();
  controller.abort();
  return controller;
};
type Plan = { at: number; fails?: true };

describe('the race of candidates', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function run(plans: Record<string, Plan>, cancel = new AbortController()) {
    const started: [string, number][] = [];
    const waitedFor: string[][] = [];
    const failed: string[] = [];
    const closed: string[] = [];
    const aborted: string[] = [];
    const begin = Date.now();
    const open = (name: string, signal: AbortSignal) =>
      new Promise<{ close(): void }>((resolve, reject) => {
        started.push([name, Date.now() - begin]);
        signal.addEventListener('abort', () => aborted.push(name));
        const plan = plans[name];
        if (!plan) return;
        setTimeout(() => {
          if (plan.fails) reject(new SessionError('refused', name));
          else resolve({ close: () => closed.push(name) });
        }, plan.at);
      });
    const result = race(['a', 'b', 'c'], open, {
      onWaiting: (names) => waitedFor.push([...names]),
      onFailure: (name) => failed.push(name),
      signal: cancel.signal,
    });
    return { result, started, waitedFor, failed, closed, aborted };
  }

  it('starts the next only when the last is silent for the stagger', async () => {
    const { result, started } = run({ a: { at: 600 }, b: { at: 5_000 }, c: { at: 5_000 } });
    await vi.advanceTimersByTimeAsync(600);
    expect(await result).toMatchObject({ candidate: 'a', rest: ['b', 'c'] });
    expect(started).toEqual([
      ['a', 0],
      ['b', staggerMs],
      ['c', staggerMs * 2],
    ]);
  });

  it('lets each of many silent candidates listen for its end, without a warning of Node about them', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const names = Array.from({ length: 30 }, (_, at) => `server${at}`);
    const cancel = new AbortController();
    const open = (_name: string, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        for (let times = 0; times < 2; times++) {
          signal.addEventListener('abort', () => reject(new SessionError('cancelled', '')));
        }
      });
    const result = race(names, open, { onWaiting: () => {}, onFailure: () => {}, signal: cancel.signal });
    await vi.advanceTimersByTimeAsync(staggerMs * names.length);
    cancel.abort();
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
    expect(warned).not.toHaveBeenCalled();
  });

  it('opens one connection alone where the first answers at once', async () => {
    const { result, started } = run({ a: { at: 20 } });
    await vi.advanceTimersByTimeAsync(20);
    await result;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(started).toEqual([['a', 0]]);
  });

  it('says after each start and each failure who is awaited now', async () => {
    const { result, waitedFor } = run({ a: { at: 9_000, fails: true }, b: { at: 400, fails: true }, c: { at: 9_500 } });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(waitedFor).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'c'], ['c']]);
    await result;
  });

  it('starts the next at once when one fails', async () => {
    const { result, started, failed, waitedFor } = run({ a: { at: 10, fails: true }, b: { at: 10 } });
    await vi.advanceTimersByTimeAsync(20);
    expect(await result).toMatchObject({ candidate: 'b', rest: ['c'] });
    expect(started[1]).toEqual(['b', 10]);
    expect(failed).toEqual(['a']);
    expect(waitedFor).toEqual([['a'], ['b']]);
  });

  it('closes a connection that comes too late, and keeps its server for later', async () => {
    const { result, closed, aborted } = run({ a: { at: 300 }, b: { at: 60 }, c: { at: 9_000 } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toMatchObject({ candidate: 'a', rest: ['b', 'c'] });
    expect(closed).toEqual(['b']);
    expect(aborted).toContain('b');
  });

  it('ends without a winner when every candidate failed', async () => {
    const fails = { at: 5, fails: true } as const;
    const { result, failed, waitedFor } = run({ a: fails, b: fails, c: fails });
    await vi.advanceTimersByTimeAsync(100);
    expect(await result).toBeUndefined();
    expect(failed).toEqual(['a', 'b', 'c']);
    expect(waitedFor).toEqual([['a'], ['b'], ['c']]);
  });

  it('ends at once when the user cancels, and closes everything', async () => {
    const cancel = new AbortController();
    const { result, aborted } = run({}, cancel);
    const end = expect(result).rejects.toMatchObject({ code: 'cancelled' });
    await vi.advanceTimersByTimeAsync(300);
    cancel.abort();
    await end;
    expect(aborted).toEqual(['a', 'b']);
  });

  it('blames no candidate that it gives up itself', async () => {
    for (const end of ['won', 'cancelled'] as const) {
      const cancel = new AbortController();
      const failed: string[] = [];
      const open = (name: string, signal: AbortSignal) =>
        new Promise<{ close(): void }>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new SessionError('closed', name)));
          if (end === 'won' && name === 'b') setTimeout(() => resolve({ close: () => {} }), 10);
        });
      const result = race(['a', 'b', 'c'], open, {
        onWaiting: () => {},
        onFailure: (name) => failed.push(name),
        signal: cancel.signal,
      }).catch(() => {});
      await vi.advanceTimersByTimeAsync(3 * staggerMs);
      cancel.abort();
      await result;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(failed).toEqual([]);
    }
  });

  it('opens nothing where the user has cancelled before', async () => {
    const { result, started } = run({ a: { at: 1 } }, cancelled());
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
    expect(started).toEqual([]);
  });

  it('opens no further connection after its end', async () => {
    const cancel = new AbortController();
    const { result, started } = run({}, cancel);
    const end = expect(result).rejects.toMatchObject({ code: 'cancelled' });
    cancel.abort();
    await end;
    await vi.advanceTimersByTimeAsync(5 * staggerMs);
    expect(started).toEqual([['a', 0]]);
  });

  it('has no winner among no candidates', async () => {
    const open = () => Promise.reject(new Error('never'));
    const nothing = { onWaiting: () => {}, onFailure: () => {}, signal: new AbortController().signal };
    expect(await race([], open, nothing)).toBeUndefined();
  });
});
