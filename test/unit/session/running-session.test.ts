import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ShownDesktop } from '../../../src/session/x11/desktop-watch.js';
import { fakeX11, start } from '../support/session-start.js';

const desktop = { command: { line: 'desktop', input: 'the script' } };
const single = { command: { line: 'uptime', input: undefined } };
const exit = { kind: 'exit', code: 0 } as const;

describe('a running session', () => {
  it('resolves with its end when the hooks of the end have run', async () => {
    const { starting, server, events } = start();
    const session = await starting;
    server.commands[0]?.end({ kind: 'exit', code: 3 });
    expect(await session.ended).toEqual({ kind: 'exit', code: 3 });
    expect(events.slice(-2)).toEqual(['K', 'close']);
  });

  it('passes silence to its last listener, and gives starting X11 clients time meanwhile', async () => {
    const { x11, forwardX11 } = fakeX11();
    const { starting, server } = start({ dependencies: { forwardX11 } });
    const session = await starting;
    const [first, last] = [
      { silent: vi.fn(), answers: vi.fn() },
      { silent: vi.fn(), answers: vi.fn() },
    ];
    session.onSilence(first);
    session.onSilence(last);
    server.listeners[1]?.silent(10_000);
    expect(x11.serverAnswers).toHaveBeenLastCalledWith(false);
    server.listeners[1]?.answers();
    expect(x11.serverAnswers).toHaveBeenLastCalledWith(true);
    expect(last.silent).toHaveBeenCalledWith(10_000);
    expect(last.answers).toHaveBeenCalledOnce();
    expect(first.silent).not.toHaveBeenCalled();
    expect(first.answers).not.toHaveBeenCalled();
  });

  it('bears silence without X11, and without a listener', async () => {
    const { starting, server } = start();
    const session = await starting;
    expect(() => server.listeners[1]?.silent(10_000)).not.toThrow();
    expect(() => server.listeners[1]?.answers()).not.toThrow();
    const listener = { silent: vi.fn(), answers: vi.fn() };
    session.onSilence(listener);
    server.listeners[1]?.silent(20_000);
    server.listeners[1]?.answers();
    expect(listener.silent).toHaveBeenCalledWith(20_000);
    expect(listener.answers).toHaveBeenCalledOnce();
  });

  it('shows its desktop when X11 does, and never without X11', async () => {
    const { forwardX11 } = fakeX11(Promise.resolve({ settled: Promise.resolve() }));
    const withX11 = await start({ dependencies: { forwardX11 } }).starting;
    await withX11.desktopShown;
    const without = await start().starting;
    const shown = vi.fn();
    void without.desktopShown.then(shown);
    await turn();
    expect(shown).not.toHaveBeenCalled();
  });

  it('closes X11 and the connection, and abandons a silent server', async () => {
    const { x11, forwardX11 } = fakeX11();
    const { starting, server } = start({ dependencies: { forwardX11 } });
    const session = await starting;
    session.abandon();
    expect(server.abandoned).toEqual(['given-up']);
    session.close();
    expect(x11.close).toHaveBeenCalled();
    await vi.waitFor(() => expect(server.open).toBe(0));
  });
});

describe('the end of a session', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  /** Ends a desktop so many ms after its start, and gives the explanation. @param shownAfter ms */
  async function endOfDesktop(after: number, shownAfter?: number | 'never') {
    const shown = new Promise<ShownDesktop>((resolve) => {
      if (typeof shownAfter === 'number') setTimeout(resolve, shownAfter, { settled: Promise.resolve() });
    });
    const { forwardX11 } = fakeX11(shownAfter === undefined ? undefined : shown);
    const { starting, server } = start({
      plan: { errors: 'cannot open display\n' },
      request: desktop,
      dependencies: { forwardX11 },
    });
    const session = await starting;
    await vi.advanceTimersByTimeAsync(after);
    expect(session.earlyEnd()).toBeUndefined();
    server.commands[0]?.end({ kind: 'exit', code: 1 });
    await session.ended;
    expect(server.open).toBe(0);
    return session.earlyEnd();
  }
  const errors = 'cannot open display';

  it('is explained if it comes within 10 s', async () => {
    expect(await endOfDesktop(0)).toEqual({ seconds: 0, errors });
    expect(await endOfDesktop(9_900)).toEqual({ seconds: 10, errors });
    expect(await endOfDesktop(10_100)).toBeUndefined();
  });

  it('is explained if its desktop was on the screen for less than 10 s', async () => {
    expect(await endOfDesktop(49_000, 40_000)).toEqual({ seconds: 49, errors });
    expect(await endOfDesktop(51_000, 40_000)).toBeUndefined();
  });

  it('is explained if its desktop was never on the screen, but for the end of a long session', async () => {
    expect(await endOfDesktop(60_000, 'never')).toEqual({ seconds: 60, errors });
    expect(await endOfDesktop(91_000, 'never')).toBeUndefined();
  });

  it('is not explained for a single command, nor after a loss', async () => {
    for (const [request, how] of [
      [single, exit],
      [desktop, { kind: 'lost', cause: 'cut', detail: 'cut' }],
    ] as const) {
      const { starting, server } = start({ plan: { errors: 'x' }, request });
      const session = await starting;
      server.commands[0]?.end(how);
      await session.ended;
      expect(session.earlyEnd()).toBeUndefined();
      expect(server.events).not.toContain('exec /bin/sh -s');
      expect(server.open).toBe(0);
    }
  });

  it('comes a second after that of its desktop, whatever holds its output open', async () => {
    const { starting, server } = start({ request: desktop });
    await starting;
    await vi.waitFor(() => expect(server.commands[0]?.input()).toBe('the script'));
    server.commands[0]?.exit();
    await vi.advanceTimersByTimeAsync(999);
    expect(server.open).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it('comes for a single command with its last output', async () => {
    const { starting, server } = start({ request: single });
    await starting;
    server.commands[0]?.exit();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.open).toBe(1);
  });

  it('runs the hooks of the end once, though the desktop ends twice', async () => {
    const { starting, server, events } = start({ request: desktop });
    const session = await starting;
    server.commands[0]?.exit();
    server.commands[0]?.end(exit);
    await session.ended;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(events.filter((event) => event === 'K' || event === 'exec /bin/sh -s')).toEqual(['exec /bin/sh -s', 'K']);
  });
});
