import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GreeterBase, GreeterDependencies } from '../../../src/greeter/dependencies.js';
import { Greeter } from '../../../src/greeter/greeter.js';
import type { GreeterResult } from '../../../src/greeter/greeter-result.js';
import type { LoginRequest } from '../../../src/login/login.js';
import type { LoginObserver, LoginOutcome } from '../../../src/login/outcome.js';
import { endSession } from '../../../src/protocol/connection-messages.js';
import type { ToGreeter } from '../../../src/protocol/greeter-messages.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import type { SilenceListener } from '../../../src/session/ssh/server-watch.js';
import type { ShownDesktop } from '../../../src/session/x11/desktop-watch.js';
import { readSettings } from '../../../src/settings/settings.js';
import { errorCode } from '../../../src/shared/errors.js';
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

const keys = vi.hoisted(() => ({ prepared: 0 }));
vi.mock('../../../src/session/ssh2/hybrid-kex.js', () => ({
  prepareKeyExchanges: () => {
    keys.prepared += 1;
  },
}));

let folder: string;
let stop = (): void => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'greeter-'));
  logins.all = [];
});
afterEach(() => {
  vi.useRealTimers();
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
function monitorOf(statuses: readonly ServerStatus[], own: object = {}): GreeterDependencies['monitor'] {
  return {
    statuses: () => statuses,
    macOf: () => undefined,
    onChange: (changed: () => void) => {
      changed();
      return () => {};
    },
    askAll: async () => ({ complete: Promise.resolve() }),
    readListAgain: () => {},
    ...own,
  } as unknown as GreeterDependencies['monitor'];
}

/** Servers of which nothing is known until the test makes them answer. */
function laterServers(...names: readonly string[]) {
  const statuses = names.map((name) => status(name, { state: 'checking' }));
  let changed = (): void => {};
  const onChange = (call: () => void) => {
    changed = call;
    return () => {};
  };
  return {
    monitor: monitorOf(statuses, { onChange }),
    answer: (...answers: readonly ServerStatus[]) => {
      statuses.splice(0, statuses.length, ...answers);
      changed();
      // The windows get the answers of a moment together.
      vi.advanceTimersByTime(50);
    },
  };
}

/** A greeter whose windows and logins are played by the test. */
function start(own: Partial<GreeterDependencies> = {}, ownBase: Partial<GreeterBase> = {}) {
  const log = createLog(0, () => {});
  const processes: FakeWindows[] = [];
  let clock = 0;
  let endDisplay = (): void => {};
  let changeNetwork = (): void => {};
  let newSettings: Partial<GreeterDependencies> | undefined;
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
    renewed: (before: GreeterDependencies) => {
      const next = newSettings === undefined ? before : { ...before, ...newSettings };
      newSettings = undefined;
      return next;
    },
    watchNetwork: (changed: () => void) => {
      changeNetwork = changed;
      return () => {};
    },
    ...ownBase,
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
    /** Settings that are found when they are read the next time. */
    change: (settings: Partial<GreeterDependencies>) => {
      newSettings = settings;
    },
    changeNetwork: () => changeNetwork(),
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
  let show = (_desktop: ShownDesktop): void => {};
  let settle = (): void => {};
  let end = (): void => {};
  let follower: SilenceListener | undefined;
  const abandon = vi.fn();
  const stream = { resume: () => {}, on: () => {} };
  return {
    shown: () =>
      show({
        settled: new Promise((resolve) => {
          settle = resolve;
        }),
      }),
    settled: () => settle(),
    ended: () => end(),
    silent: () => follower?.silent(10_000),
    abandon,
    outcome: {
      kind: 'started',
      server: 's1',
      session: {
        channel: { ...stream, stderr: stream },
        desktopShown: new Promise<ShownDesktop>((resolve) => {
          show = resolve;
        }),
        ended: new Promise((resolve) => {
          end = () => resolve({ kind: 'exit', code: 0 });
        }),
        earlyEnd: () => (early === undefined ? undefined : { seconds: early, errors: 'no home' }),
        onSilence: (listener: SilenceListener) => {
          follower = listener;
        },
        abandon,
        close: () => end(),
      },
    } as unknown as LoginOutcome,
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** What a promise has come to by now. */
async function soFar<T>(promise: Promise<T>): Promise<T | 'open' | { readonly code: unknown }> {
  const failed = (error: unknown) => ({ code: errorCode(error) });
  return await Promise.race([promise.catch(failed), settled().then(() => 'open' as const)]);
}

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
    expect(await soFar(answer.then((secret) => secret.reveal()))).toBe('1234');
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
    expect(await soFar(confirmed)).toBe(true);
    expect(windows().view.failover).toBeNull();
  });

  it('abandons the attempt at Cancel, and shows nothing that it reports later', async () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    const answer = login().observer.ask('s1', { text: 'Code: ', echo: true }, login().signal);
    windows().say({ type: 'cancel' });
    expect(login().signal.aborted).toBe(true);
    expect(await soFar(answer)).toEqual({ code: 'cancelled' });
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

  it('hides the windows when the desktop is shown, closes them when it has settled, and ends with the session', async () => {
    const { windows, result } = start();
    windows().type('ann');
    windows().type('secret');
    const desktop = session();
    login().end(desktop.outcome);
    await settled();
    expect(windows().view.waiting).toBe('Waiting for the desktop of s1...');
    desktop.shown();
    await settled();
    expect(windows().messages).toContainEqual({ type: 'hide' });
    expect(windows().messages).not.toContainEqual({ type: 'quit' });
    desktop.settled();
    await settled();
    expect(windows().messages).toContainEqual({ type: 'quit' });
    desktop.ended();
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

  it('drops and wipes an answer to a question that is no longer open', () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    const wipe = vi.spyOn(Secret.prototype, 'wipe');
    // No question is open, so this answers number 0.
    windows().type('too late');
    expect(wipe).toHaveBeenCalledOnce();
    wipe.mockRestore();
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

  it('shows the message that the greeter before it has left', () => {
    const { windows } = start({}, { pendingNotice: 'The session on s1 was lost.' });
    expect(windows().view.status).toEqual([{ kind: 'error', text: 'The session on s1 was lost.' }]);
  });

  it('shows servers and their sessions as they answer', () => {
    vi.useFakeTimers();
    const { monitor, answer } = laterServers('s1');
    const { windows } = start({ monitor });
    const shown = (type: ToGreeter['type']) => windows().messages.findLast((message) => message.type === type);
    windows().say({ type: 'request-options', kind: 'session' });
    expect(shown('servers')).toMatchObject({ rows: [{ state: 'checking...' }] });
    answer(status('s1', { info: parseServerInfo('session-with-name:Xfce:xfce\n') ?? null }));
    expect(shown('servers')).toMatchObject({ rows: [{ state: 'up' }] });
    expect(shown('options')).toMatchObject({ rows: [{}, {}, { label: 'Xfce' }] });
  });

  it('says that this client is cut off once no server can be reached', () => {
    vi.useFakeTimers();
    const { monitor, answer } = laterServers('s1');
    const { windows } = start({ monitor, health: { ...healthy, hasAddress: false } });
    expect(windows().view.status).toEqual([]);
    answer(status('s1', { state: 'down', reason: 'unreachable' }));
    expect(windows().view.status).toMatchObject([
      { kind: 'error', text: expect.stringContaining('no network address') },
    ]);
  });

  it('reads the list of servers again at Refresh, and asks every server', () => {
    const [readListAgain, askAll] = [vi.fn(), vi.fn(async () => ({ complete: Promise.resolve() }))];
    const { windows } = start({ monitor: monitorOf([], { readListAgain, askAll }) });
    expect(readListAgain).not.toHaveBeenCalled();
    windows().say({ type: 'refresh' });
    expect(readListAgain).toHaveBeenCalledOnce();
    expect(askAll).toHaveBeenLastCalledWith('thorough');
  });

  it('offers the guest account for as long as the settings have one', () => {
    const { windows, change, changeNetwork } = start({ guest: undefined });
    expect(windows().view.guestButton).toBe(false);
    change({ guest });
    changeNetwork();
    expect(windows().view.guestButton).toBe(true);
    change({ guest: undefined });
    changeNetwork();
    expect(windows().view.guestButton).toBe(false);
  });

  it('asks for a name where the guest account is gone when it would log in', () => {
    const { windows, change } = start();
    change({ guest: undefined });
    windows().say({ type: 'guest-login' });
    expect(logins.all).toEqual([]);
    expect(windows().view).toMatchObject({ question: { label: 'Username' }, waiting: null, guestButton: false });
  });

  it('logs in to the desktop that was picked, and tells which servers lack it', () => {
    const command = vi.fn(() => ({ line: 'mate', input: undefined }));
    const told = parseServerInfo('session-with-name:MATE:mate-session\n') ?? null;
    const other = parseServerInfo('session-with-name:Xfce:xfce\n') ?? null;
    const { windows } = start({
      command,
      monitor: monitorOf([status('s1', { info: told }), status('s2', { info: other })]),
    });
    windows().say({ type: 'choose-session', key: 'session MATE' });
    windows().type('ann');
    windows().type('secret');
    const { request } = login();
    const given = { environment: {} };
    expect(typeof request.command === 'function' && request.command(given)).toEqual({ line: 'mate', input: undefined });
    const session = { kind: 'named', name: 'MATE', exec: 'mate-session' };
    expect(command).toHaveBeenCalledWith({ session, language: undefined }, given);
    expect(request.forHooks).toEqual({ LDM_SELECTED_SESSION: 'mate-session' });
    expect(['s1', 's2'].map((name) => request.lacks?.(status(name).server))).toEqual([0, 1]);
  });

  it('prepares the keys of the connection while the user types the password', async () => {
    const { windows } = start();
    windows().say({ type: 'choose-server', choice: { mode: 'automatic' } });
    await settled();
    const before = keys.prepared;
    windows().type('ann');
    await settled();
    expect(keys.prepared).toBe(before + 1);
    windows().type('secret');
    await settled();
    expect(keys.prepared).toBe(before + 1);
  });

  it('shows what the server says during the login', () => {
    const { windows } = start();
    windows().type('ann');
    windows().type('secret');
    login().observer.tell({ kind: 'server-message', server: 's1', text: 'Maintenance at noon' });
    expect(windows().view.status).toEqual([{ kind: 'info', text: 'Maintenance at noon' }]);
  });

  it('ends a session whose server is silent, when the user asks for that', async () => {
    const window = Object.assign(new EventEmitter(), { kill: () => true }) as unknown as ChildProcess;
    const connectionWindow = { start: () => window, giveUpAfterMs: 1_000, log: createLog(0, () => {}) };
    const { windows } = start({}, { connectionWindow });
    windows().type('ann');
    windows().type('secret');
    const { outcome, silent, abandon } = session();
    login().end(outcome);
    await settled();
    silent();
    expect(abandon).not.toHaveBeenCalled();
    window.emit('message', endSession);
    expect(abandon).toHaveBeenCalledOnce();
  });

  it('ends the assistive tools of the login screen when the desktop has settled, or ends before', async () => {
    const stopAll = vi.fn();
    const aids = { onChange: () => {}, states: () => [], stopAll } as unknown as GreeterDependencies['aids'];
    const { windows } = start({ aids });
    windows().type('ann');
    windows().type('secret');
    const desktop = session();
    login().end(desktop.outcome);
    await settled();
    desktop.shown();
    await settled();
    // Its window manager is still looking at their windows.
    expect(stopAll).not.toHaveBeenCalled();
    desktop.settled();
    await settled();
    expect(stopAll).toHaveBeenCalledOnce();
    desktop.ended();
    await settled();
    expect(stopAll).toHaveBeenCalledTimes(2);
  });

  it('shows the state of the menu, and which of its entries failed', async () => {
    const power = { restart: async () => 'Access denied', 'shut-down': async () => undefined };
    const { windows } = start({ power });
    expect(windows().messages).toContainEqual({ type: 'aids', aids: [] });
    windows().say({ type: 'power', action: 'shut-down' });
    windows().say({ type: 'power', action: 'restart' });
    await settled();
    expect(windows().view.status).toEqual([{ kind: 'error', text: 'The restart failed. Access denied' }]);
  });

  it('logs what its windows report about themselves', () => {
    const lines: string[] = [];
    const { windows } = start({ log: createLog(7, (line) => lines.push(line)) });
    windows().say({ type: 'warning', text: 'no theme' });
    windows().say({ type: 'crashed', text: 'oops' });
    expect(lines.filter((line) => line.includes(' greeter-'))).toEqual([
      'warn greeter-warning text="no theme"\n',
      'error greeter-internal-error text=oops\n',
    ]);
  });
});

describe('a login screen whose programs were replaced', () => {
  const replaced = { replacedProgram: () => '/usr/bin/node' };
  const counting = { ...guest, login: { button: 'none', countdown: 600 } } as const;

  it('makes way for a new one while nobody uses it', async () => {
    vi.useFakeTimers();
    const { windows, result } = start({}, replaced);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(result()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(windows().messages).toContainEqual({ type: 'quit' });
    expect(result()).toEqual({ kind: 'renewed' });
  });

  it('stays while somebody logs in, and while it counts down', async () => {
    vi.useFakeTimers();
    const used = start({}, replaced);
    used.windows().type('ann');
    const counts = start({ guest: counting }, replaced);
    await vi.advanceTimersByTimeAsync(120_000);
    used.greeter.stop();
    expect([used.result(), counts.result()]).toEqual([undefined, undefined]);
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
  it('begins with settings that come later, while nobody has used the screen', () => {
    vi.useFakeTimers();
    const { windows, change, changeNetwork } = start({ guest: undefined });
    change({ guest: { ...guest, login: { button: 'none', countdown: 2 } } });
    changeNetwork();
    expect(windows().view.countdown).toBe(2);
    vi.advanceTimersByTime(2_000);
    expect(login().request).toMatchObject({ user: 'kiosk' });
  });

  it('begins when the window is there, and counts to the login', async () => {
    vi.useFakeTimers();
    const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 2 } } });
    expect(windows().view.countdown).toBe(2);
    vi.advanceTimersByTime(1_000);
    expect(windows().view.countdown).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(login().request).toMatchObject({ user: 'kiosk' });
    vi.advanceTimersByTime(5_000);
    expect(logins.all).toHaveLength(1);
  });

  it('counts once a second, also when the windows were started again', () => {
    vi.useFakeTimers();
    const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 9 } } });
    windows().die(139);
    windows().say({ type: 'ready' });
    vi.advanceTimersByTime(1_000);
    expect(windows().view.countdown).toBe(8);
  });

  it('stops when the user does something', () => {
    vi.useFakeTimers();
    const { windows } = start({ guest: { ...guest, login: { button: 'none', countdown: 2 } } });
    const before = vi.getTimerCount();
    windows().say({ type: 'user-active' });
    expect(vi.getTimerCount()).toBe(before - 1);
    vi.advanceTimersByTime(5_000);
    expect(windows().view.countdown).toBeNull();
    expect(logins.all).toEqual([]);
  });

  it('waits while this client has no network', () => {
    vi.useFakeTimers();
    const down = status('s1', { state: 'down', reason: 'unreachable' });
    const monitor = monitorOf([down]);
    const login = { button: 'none', countdown: 2 } as const;
    const { windows } = start({ health: { ...healthy, hasAddress: false }, monitor, guest: { ...guest, login } });
    vi.advanceTimersByTime(5_000);
    expect(windows().view.countdown).toBe(2);
    expect(logins.all).toEqual([]);
  });

  it('of 0 seconds logs in as soon as the window is there', () => {
    start({ guest: { ...guest, login: { button: 'none', countdown: 0 } } });
    expect(logins.all).toHaveLength(1);
  });
});
