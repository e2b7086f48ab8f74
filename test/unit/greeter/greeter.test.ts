import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GreeterBase, GreeterDependencies } from '../../../src/greeter/dependencies.js';
import { Greeter } from '../../../src/greeter/greeter.js';
import type { GreeterResult } from '../../../src/greeter/greeter-result.js';
import type { LoginRequest } from '../../../src/login/login.js';
import type { LoginObserver, LoginOutcome } from '../../../src/login/outcome.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { status } from '../../support/statuses.js';
import { healthy } from '../support/client-health.js';
import { FakeWindows } from '../support/fake-windows.js';

interface Login {
  readonly request: LoginRequest;
  readonly observer: LoginObserver;
  readonly signal: AbortSignal;
  readonly end: (outcome: LoginOutcome) => void;
}

const logins = vi.hoisted(() => ({ all: [] as Login[] }));
vi.mock('../../../src/login/login.js', () => ({
  logIn: (request: LoginRequest, _dependencies: unknown, observer: LoginObserver, signal: AbortSignal) =>
    new Promise<LoginOutcome>((end) => {
      logins.all.push({ request, observer, signal, end });
    }),
}));

let folder: string;
let stop = (): void => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'greeter-'));
  logins.all = [];
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

const guest = {
  user: 'kiosk',
  password: () => new Secret('kiosk'),
  whose: 'pc01',
  servers: undefined,
  login: { button: 'offered', countdown: null },
} as const;

/** Servers that are all known from the start. */
function monitorOf(statuses: readonly ServerStatus[]): GreeterDependencies['monitor'] {
  return {
    statuses: () => statuses,
    onChange: (changed: () => void) => {
      changed();
      return () => {};
    },
    askAll: async () => ({ complete: Promise.resolve() }),
    readListAgain: () => {},
  } as unknown as GreeterDependencies['monitor'];
}

/** A greeter whose windows and logins are played by the test. */
function start(own: Partial<GreeterDependencies> = {}) {
  const log = createLog(0, () => {});
  const processes: FakeWindows[] = [];
  let clock = 0;
  let endDisplay = (): void => {};
  const told = parseServerInfo('language:de_DE.UTF-8\nsession-with-name:MATE:mate-session\n') ?? null;
  const dependencies = {
    log,
    monitor: monitorOf([status('s1', { info: told })]),
    login: { now: () => clock, log, settings: readSettings({}) },
    keyboard: { look: async () => undefined, follow: () => () => {} },
    aids: { onChange: () => {}, states: () => [], stopAll: () => {} },
    command: () => ({ line: 'true', input: undefined }),
    client: { name: 'pc01', address: null },
    health: healthy,
    forced: [],
    menu: [],
    guest,
    ...own,
  } as unknown as GreeterDependencies;
  const base = {
    startGreeter: () => {
      const windows = new FakeWindows(mkdtempSync(join(folder, 'windows-')));
      processes.push(windows);
      return windows.process;
    },
    connectionWindow: { log },
    watchDisplay: (ended: () => void) => {
      endDisplay = ended;
      return () => {};
    },
    restScreen: () => () => {},
    replacedProgram: undefined,
    idleMs: async () => undefined,
    pendingNotice: undefined,
    renewed: (before: GreeterDependencies) => before,
    watchNetwork: () => () => {},
  } as unknown as GreeterBase;
  const greeter = new Greeter(dependencies, base);
  let result: GreeterResult | undefined;
  void greeter.run().then((end) => {
    result = end;
  });
  stop = () => greeter.stop();
  const windows = (): FakeWindows => processes.at(-1) ?? expect.fail('no windows');
  windows().say({ type: 'ready' });
  return {
    greeter,
    processes,
    windows,
    endDisplay: () => endDisplay(),
    result: () => result,
    tick: (ms: number) => {
      clock += ms;
    },
  };
}

function login(number = 0): Login {
  return logins.all[number] ?? expect.fail('no login');
}

/** A session that ends when the test says so. @param early after how many seconds it says that it ended too soon */
function session(early?: number) {
  let show = (): void => {};
  let end = (): void => {};
  const stream = { resume: () => {}, on: () => {} };
  return {
    shown: () => show(),
    ended: () => end(),
    outcome: {
      kind: 'started',
      server: 's1',
      session: {
        channel: { ...stream, stderr: stream },
        desktopShown: new Promise<void>((resolve) => {
          show = resolve;
        }),
        ended: new Promise((resolve) => {
          end = () => resolve({ kind: 'exit', code: 0 });
        }),
        earlyEnd: () => (early === undefined ? undefined : { seconds: early, errors: 'no home' }),
        onSilence: () => {},
        close: () => end(),
      },
    } as unknown as LoginOutcome,
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the greeter', () => {
  it('logs in with the user name and password that were typed, and wipes the password at the end', async () => {
    const { windows } = start();
    windows().type('ann');
    windows().type(' secret ');
    const { request, end } = login();
    expect(request).toMatchObject({ user: 'ann', choice: { mode: 'automatic' } });
    expect(request.password.reveal()).toBe(' secret ');
    expect(windows().view.waiting).toBe('Looking for a server...');
    end({ kind: 'wrong-credentials', server: 's1' });
    await settled();
    expect(request.password.reveal()).not.toContain('secret');
    expect(windows().view.question?.label).toBe('Password');
  });

  it('starts one login at the guest button, however often it is pressed', () => {
    const { windows } = start();
    windows().say({ type: 'guest-login' });
    windows().say({ type: 'guest-login' });
    expect(logins.all).toHaveLength(1);
    expect(login().request).toMatchObject({ user: 'kiosk', whose: 'pc01', startWithinMs: 300_000 });
  });

  it('starts no guest login where there is no guest account', () => {
    const { windows } = start({ guest: undefined });
    windows().say({ type: 'guest-login' });
    expect(logins.all).toEqual([]);
  });

  it("passes the user's answer to the server that asks", async () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    const answer = login().observer.ask('s1', { text: 'Code: ', echo: true }, login().signal);
    expect(windows().view.question).toMatchObject({ label: 'Code:', hidden: false });
    windows().type('1234');
    expect((await answer).reveal()).toBe('1234');
    expect(windows().view).toMatchObject({ question: null, waiting: 'Waiting for s1...' });
  });

  it('asks before another server gets the password', async () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    const failure = { server: 's1', code: 'closed', detail: '' } as const;
    const confirmed = login().observer.mayGoOn(failure, login().signal);
    const { failover } = windows().view;
    windows().say({ type: 'confirm-failover', question: failover?.id ?? 0 });
    expect(await confirmed).toBe(true);
    expect(windows().view.failover).toBeNull();
  });

  it('abandons the attempt at Cancel, and shows nothing that it reports later', async () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    const answer = login().observer.ask('s1', { text: 'Code: ', echo: true }, login().signal);
    windows().say({ type: 'cancel' });
    expect(login().signal.aborted).toBe(true);
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    login().observer.tell({ kind: 'server-message', server: 's1', text: 'late' });
    login().end({ kind: 'cancelled' });
    await settled();
    expect(windows().view.status.map(({ text }) => text)).toEqual(['The login was cancelled.']);
  });

  it('closes a session that has started although the attempt was cancelled', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    windows().say({ type: 'cancel' });
    const { outcome } = session();
    const close = vi.fn();
    if (outcome.kind === 'started') Object.assign(outcome.session, { close });
    login().end(outcome);
    await settled();
    expect(close).toHaveBeenCalled();
    expect(windows().view.question?.label).toBe('Password');
    expect(result()).toBeUndefined();
  });

  it('closes the windows when the desktop is shown, and ends with the session', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, shown, ended } = session();
    login().end(outcome);
    await settled();
    expect(windows().view.waiting).toBe('Waiting for the desktop of s1...');
    shown();
    await settled();
    expect(windows().messages).toContainEqual({ type: 'quit' });
    ended();
    await settled();
    expect(result()).toEqual({
      kind: 'session-ended',
      server: 's1',
      end: { kind: 'exit', code: 0 },
      display: 'here',
      early: undefined,
    });
  });

  it('ends the session with the X server of this screen', async () => {
    const { windows, endDisplay, result } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, shown } = session();
    login().end(outcome);
    shown();
    await settled();
    endDisplay();
    await settled();
    expect(result()).toMatchObject({ kind: 'session-ended', display: 'gone' });
  });

  it('explains a session that ended within seconds', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, shown, ended } = session(2);
    login().end(outcome);
    shown();
    await settled();
    ended();
    await settled();
    expect(result()).toMatchObject({ early: 'The session on s1 ended after 2 seconds.\nno home' });
  });

  it('drops an answer to a question that is no longer open', () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    // No question is open, so this answers number 0.
    windows().type('too late');
    expect(logins.all).toHaveLength(1);
    expect(windows().view.waiting).toBe('Looking for a server...');
  });

  it('stops at once where no login was tried', async () => {
    const { greeter, processes, result } = start();
    greeter.stop();
    await settled();
    expect(result()).toEqual({ kind: 'stopped' });
    expect(processes).toHaveLength(1);
  });

  it('says why a session ended before it showed a window', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, ended } = session();
    login().end(outcome);
    await settled();
    ended();
    await settled();
    expect(windows().view.status.at(-1)?.text).toBe('The session on s1 ended at once. Its exit code was 0.');
    expect(result()).toBeUndefined();
  });

  it('ends once the session and its hooks have ended, when it is stopped', async () => {
    const { greeter, windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, ended } = session();
    const closed = vi.fn();
    if (outcome.kind === 'started') Object.assign(outcome.session, { close: closed });
    login().end(outcome);
    await settled();
    greeter.stop();
    await settled();
    expect(closed).toHaveBeenCalled();
    expect(result()).toBeUndefined();
    ended();
    await settled();
    expect(result()).toEqual({ kind: 'stopped' });
  });

  it('offers what the servers tell, once the windows have asked', () => {
    const { windows } = start();
    const lists = () => windows().messages.filter(({ type }) => type === 'options');
    expect(lists()).toEqual([]);
    windows().say({ type: 'request-options', kind: 'session' });
    const [list] = lists();
    const labels = list?.type === 'options' ? list.rows.map(({ label }) => label) : [];
    expect(labels).toEqual(['Default', 'Failsafe xterm', 'MATE']);
  });

  it('takes a session of the list, and none that the administrator has chosen for everybody', () => {
    const free = start();
    free.windows().say({ type: 'choose-session', key: 'session MATE' });
    expect(free.windows().view.chosenSession).toBe('MATE');
    free.windows().say({ type: 'choose-session', key: 'no such key' });
    expect(free.windows().view.chosenSession).toBe('MATE');
    free.windows().say({ type: 'choose-session', key: 'failsafe' });
    expect(free.windows().view.chosenSession).toBe('Failsafe xterm');
    free.windows().say({ type: 'choose-language', key: 'language de_DE.UTF-8' });
    expect(free.windows().view.chosenLanguage).toBe('Deutsch (Deutschland)');
    free.greeter.stop();
    const forced = start({ forced: ['session', 'language'] });
    forced.windows().say({ type: 'choose-session', key: 'session MATE' });
    forced.windows().say({ type: 'choose-language', key: 'language de_DE.UTF-8' });
    expect(forced.windows().view).toMatchObject({ chosenSession: null, chosenLanguage: null });
  });

  it('shows a server that was chosen by hand, in window and dialog', () => {
    const { windows } = start();
    windows().say({ type: 'choose-server', choice: { mode: 'server', name: 's1' } });
    expect(windows().view.chosenServer).toBe('s1');
    const last = windows().messages.findLast(({ type }) => type === 'servers');
    expect(last).toMatchObject({ choice: { mode: 'server', name: 's1' } });
  });
});

describe('windows that die', () => {
  it('are started again, at first with their messages and then without', () => {
    const { windows, processes, tick } = start();
    windows().type('');
    windows().die(139);
    windows().say({ type: 'ready' });
    expect(windows().view.status.map(({ text }) => text)).toEqual([
      'Please type your user name.',
      'The login window had to be started again. Nothing was lost.',
    ]);
    tick(1_000);
    windows().die(139);
    windows().say({ type: 'ready' });
    expect(windows().view.status.map(({ text }) => text)).toEqual([
      'The login window had to be started again. Earlier messages were removed.',
    ]);
    expect(processes).toHaveLength(3);
  });

  it('end the greeter when they die again and again, and the login with it', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    for (let death = 0; death < 4; death += 1) windows().die(139);
    await settled();
    expect(result()).toEqual({ kind: 'no-greeter', why: 'exit code 139' });
    expect(login().signal.aborted).toBe(true);
  });

  it('end the greeter at once where there is no display for the second time', async () => {
    const { windows, result } = start();
    for (let death = 0; death < 2; death += 1) {
      windows().say({ type: 'no-display' });
      windows().die(70);
    }
    await settled();
    expect(result()).toEqual({ kind: 'no-display' });
  });

  it('do not end a session that is starting, however often they die', async () => {
    const { windows, processes, result } = start();
    windows().type('ann');
    windows().type('secret');
    login().end(session().outcome);
    await settled();
    for (let death = 0; death < 6; death += 1) windows().die(139);
    await settled();
    expect(processes).toHaveLength(7);
    expect(result()).toBeUndefined();
  });

  it('are not needed behind a desktop', async () => {
    const { windows, processes } = start();
    windows().type('ann');
    windows().type('secret');
    const { outcome, shown } = session();
    login().end(outcome);
    await settled();
    const before = windows();
    before.send = () => true;
    shown();
    await settled();
    before.die(139);
    await settled();
    expect(processes).toHaveLength(1);
  });
});

describe('the countdown of an automatic login', () => {
  it('begins when the window is there, and counts to the login', async () => {
    vi.useFakeTimers();
    try {
      const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 2 } } });
      expect(windows().view.countdown).toBe(2);
      vi.advanceTimersByTime(1_000);
      expect(windows().view.countdown).toBe(1);
      vi.advanceTimersByTime(1_000);
      expect(login().request).toMatchObject({ user: 'kiosk' });
      vi.advanceTimersByTime(5_000);
      expect(logins.all).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts once a second, also when the windows were started again', () => {
    vi.useFakeTimers();
    try {
      const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 9 } } });
      windows().die(139);
      windows().say({ type: 'ready' });
      vi.advanceTimersByTime(1_000);
      expect(windows().view.countdown).toBe(8);
    } finally {
      vi.useRealTimers();
    }
  });

  it('stops when the user does something', () => {
    vi.useFakeTimers();
    try {
      const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 2 } } });
      const before = vi.getTimerCount();
      windows().say({ type: 'user-active' });
      expect(vi.getTimerCount()).toBe(before - 1);
      vi.advanceTimersByTime(5_000);
      expect(windows().view.countdown).toBeNull();
      expect(logins.all).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits while this client has no network', () => {
    vi.useFakeTimers();
    try {
      const down = status('s1', { state: 'down', reason: 'unreachable' });
      const monitor = monitorOf([down]);
      const login = { button: 'none', countdown: 2 } as const;
      const { windows } = start({ health: { ...healthy, hasAddress: false }, monitor, guest: { ...guest, login } });
      vi.advanceTimersByTime(5_000);
      expect(windows().view.countdown).toBe(2);
      expect(logins.all).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of 0 seconds logs in as soon as the window is there', () => {
    start({ guest: { ...guest, login: { button: 'none', countdown: 0 } } });
    expect(logins.all).toHaveLength(1);
  });
});
