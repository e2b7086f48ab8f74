import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchSession } from '../../../src/greeter/attempt/session-watch.js';
import type { ShownDesktop } from '../../../src/session/x11/desktop-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A session that shows its desktop and ends when the test says so. */
function fakeSession(early?: { seconds: number; errors: string }) {
  const stderr = new PassThrough();
  let show = (): void => {};
  let settle = (): void => {};
  let end = (): void => {};
  const session = {
    channel: Object.assign(new PassThrough(), { stderr }),
    desktopShown: new Promise<ShownDesktop>((resolve) => {
      show = () =>
        resolve({
          settled: new Promise((settled) => {
            settle = settled;
          }),
        });
    }),
    ended: new Promise((resolve) => {
      end = () => resolve({ kind: 'exit', code: 1 });
    }),
    earlyEnd: () => early,
  };
  return {
    session: session as unknown as Parameters<typeof watchSession>[0],
    stderr,
    show: () => show(),
    settle: () => settle(),
    end: () => end(),
  };
}

const next = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);

describe('a session that is watched', () => {
  it('is shown with its desktop', async () => {
    const { session, show } = fakeSession();
    const shown = vi.fn();
    void watchSession(session, shown, () => {});
    await next();
    expect(shown).not.toHaveBeenCalled();
    show();
    await next();
    expect(shown).toHaveBeenCalledOnce();
  });

  it('is shown after a minute, without a window of its desktop', async () => {
    const { session } = fakeSession();
    const shown = vi.fn();
    void watchSession(session, shown, () => {});
    await vi.advanceTimersByTimeAsync(59_000);
    expect(shown).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown).toHaveBeenCalledOnce();
  });

  it('is settled when its window manager is, or after 10 s', async () => {
    for (const settles of [true, false]) {
      const { session, show, settle } = fakeSession();
      const settled = vi.fn();
      void watchSession(session, () => {}, settled);
      await vi.advanceTimersByTimeAsync(20_000);
      show();
      await vi.advanceTimersByTimeAsync(9_000);
      expect(settled).not.toHaveBeenCalled();
      if (settles) settle();
      await vi.advanceTimersByTimeAsync(settles ? 1 : 1_000);
      expect(settled).toHaveBeenCalledOnce();
    }
  });

  it('is not shown once it has ended', async () => {
    const { session, end } = fakeSession();
    const shown = vi.fn();
    const watched = watchSession(session, shown, () => {});
    end();
    expect(await watched).toEqual({ end: { kind: 'exit', code: 1 }, errors: '', earlySeconds: undefined });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(shown).not.toHaveBeenCalled();
  });

  it('keeps the end of its standard error', async () => {
    const { session, stderr, end } = fakeSession();
    const watched = watchSession(
      session,
      () => {},
      () => {},
    );
    stderr.write(`${'x'.repeat(3_000)}\nthe reason\n`);
    await next();
    end();
    const { errors } = await watched;
    expect(errors).toHaveLength(1_999);
    expect(errors.endsWith('x\nthe reason')).toBe(true);
  });

  it('adds what its desktop has logged where it ended early', async () => {
    const { session, stderr, end } = fakeSession({ seconds: 3, errors: ' no home \n' });
    const watched = watchSession(
      session,
      () => {},
      () => {},
    );
    stderr.write('Xsession: failed\n');
    await next();
    end();
    expect(await watched).toMatchObject({ errors: 'Xsession: failed\nno home', earlySeconds: 3 });
  });
});
