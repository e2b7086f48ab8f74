import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LoginDependencies, type LoginRequest, logIn } from '../../../src/login/login.js';
import type { LoginObserver, LoginProgress } from '../../../src/login/outcome.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { parseServerList, readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { ownOrder } from '../../support/statuses.js';
import { FakeServer, type FakeServerPlan } from '../support/fake-server.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';

interface World {
  readonly servers?: Readonly<Record<string, FakeServerPlan>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly request?: Partial<LoginRequest>;
  readonly dependencies?: Partial<LoginDependencies>;
  /** The user's answers, in order. */
  readonly answers?: readonly string[];
  readonly mayGoOn?: () => Promise<boolean>;
  readonly isLastResort?: true;
  /** The servers that do not answer when they are asked. */
  readonly down?: readonly string[];
  /** Whether those answer after all. */
  readonly isUp?: () => boolean;
  /** The server that takes some ms to show its host key. */
  readonly slow?: string;
}

/** A login in a world of fake servers; the rule is the order of the list. */
function world({ servers: plans = { s1: {} }, settings: variables = {}, request, dependencies, ...user }: World) {
  const settings = readSettings({ LDM_BALANCE: 'listed', ...variables });
  const servers = Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, new FakeServer(name, plan)]));
  const lines: string[] = [];
  const demoted: string[] = [];
  const succeeded: string[] = [];
  const forgotten: string[] = [];
  const progress: LoginProgress[] = [];
  const asked: { server: string; text: string }[] = [];
  const answers = [...(user.answers ?? [])];
  const cancel = new AbortController();
  const monitor = new ServerMonitor({
    gather: async () => ({
      servers: parseServerList(Object.keys(plans), 22),
      source: 'LDM_SERVER',
      poolOf: () => 0,
      weightOf: () => undefined,
      macOf: ({ name }) => settings.serverMacs.get(name),
      ...(user.isLastResort && { isLastResort: true }),
    }),
    ask: async ({ name }) =>
      user.down?.includes(name) && user.isUp?.() !== true
        ? { kind: 'down', reason: 'timeout', address: null }
        : { kind: 'ssh-only', address: '10.0.0.1' },
  });
  const everything: LoginDependencies = {
    ...loginDependenciesFor({}, []),
    settings,
    monitor,
    demotions: {
      isDemoted: () => false,
      failed: ({ name }) => void demoted.push(name),
      succeeded: ({ name }) => void succeeded.push(name),
    },
    sshMemory: { forget: ({ name }) => void forgotten.push(name) },
    connect: async ({ server: { name } }, _known, signal) => {
      if (name === user.slow) await new Promise((resolve) => setTimeout(resolve, 5));
      return (servers[name] ?? expect.fail(`no server ${name}`)).connect(signal);
    },
    log: createLog(7, (line) => lines.push(line)),
    ...dependencies,
  };
  const observer: LoginObserver = {
    tell: (one) => void progress.push(one),
    ask: async (server, { text }) => {
      asked.push({ server, text });
      return new Secret(answers.shift() ?? '');
    },
    mayGoOn: vi.fn(user.mayGoOn ?? (async () => false)),
  };
  const login = logIn(
    {
      user: 'ann',
      password: new Secret('pw'),
      choice: { mode: 'automatic' },
      command: { line: 'true', input: undefined },
      ...request,
    },
    everything,
    observer,
    cancel.signal,
  );
  const server = (name: string): FakeServer => servers[name] ?? expect.fail(`no server ${name}`);
  return { login, server, servers, lines, demoted, succeeded, forgotten, progress, asked, observer, cancel };
}

const openConnections = (servers: Readonly<Record<string, FakeServer>>): number =>
  Object.values(servers).reduce((sum, { open }) => sum + open, 0);

describe('a login', () => {
  it('starts a session on the first server, and tells how it proceeds', async () => {
    const { login, progress, succeeded, lines, server } = world({ servers: { s1: {}, s2: {} } });
    expect(await login).toMatchObject({ kind: 'started', server: 's1' });
    expect(progress).toEqual([
      { kind: 'choosing' },
      { kind: 'connecting', servers: ['s1'] },
      { kind: 'connecting', servers: ['s1'] },
      { kind: 'signing-in', server: 's1' },
      { kind: 'starting', server: 's1' },
    ]);
    expect(succeeded).toEqual(['s1']);
    expect(server('s1').passwords).toEqual(['pw']);
    expect(lines.join('')).toMatch(/^info login outcome=started user=ann server=s1 ms=\d+$/m);
  });

  it('moves on past servers that fail before they have the password, and demotes them', async () => {
    const { login, demoted, forgotten, observer, server, progress } = world({
      servers: { s1: { connect: 'refused' }, s2: { closesBeforePassword: true }, s3: {} },
    });
    expect(await login).toMatchObject({ kind: 'started', server: 's3' });
    expect(demoted).toEqual(['s1', 's2']);
    expect(forgotten).toEqual(['s1']);
    expect(observer.mayGoOn).not.toHaveBeenCalled();
    expect(server('s2').passwords).toEqual([]);
    expect(progress.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { failure: { server: 's1', code: 'refused' } },
      { failure: { server: 's2', code: 'closed' } },
    ]);
  });

  it.each(['host-key-changed', 'busy'] as const)('does not demote a server for %s', async (connect) => {
    const { login, demoted, forgotten } = world({ servers: { s1: { connect }, s2: {} } });
    expect(await login).toMatchObject({ kind: 'started', server: 's2' });
    expect(demoted).toEqual([]);
    expect(forgotten).toEqual([]);
  });

  it('asks before another server gets the password after one has failed with it', async () => {
    const plan = { servers: { s1: { signIn: 'closed' }, s2: {} } } as const;
    const refused = world(plan);
    expect(await refused.login).toMatchObject({
      kind: 'not-continued',
      server: 's1',
      failures: [{ server: 's1', code: 'closed' }],
    });
    expect(refused.server('s2').passwords).toEqual([]);
    const allowed = world({ ...plan, mayGoOn: async () => true });
    expect(await allowed.login).toMatchObject({ kind: 'started', server: 's2' });
    expect(allowed.observer.mayGoOn).toHaveBeenCalledWith(
      { server: 's1', code: 'closed', detail: 'as planned' },
      expect.any(AbortSignal),
    );
  });

  it('does not ask where no other server is left', async () => {
    const { login, observer } = world({ servers: { s1: { signIn: 'closed' } } });
    expect(await login).toMatchObject({ kind: 'none-left', failures: [{ code: 'closed' }], isOffline: false });
    expect(observer.mayGoOn).not.toHaveBeenCalled();
  });

  it.each([
    ['wrong-credentials', { kind: 'wrong-credentials', server: 's1' }],
    ['account-refused', { kind: 'wrong-credentials', server: 's1', explained: true }],
    ['not-allowed', { kind: 'not-allowed', server: 's1', detail: 'as planned' }],
    ['cancelled', { kind: 'cancelled' }],
  ] as const)('ends at %s, whatever servers are left', async (signIn, outcome) => {
    const plans = { s1: { signIn }, s2: {} };
    const { login, demoted, server, lines } = world({ servers: plans, mayGoOn: async () => true });
    expect(await login).toEqual(outcome);
    expect(lines.some((line) => line.includes('login-refused'))).toBe(signIn !== 'cancelled');
    expect(demoted).toEqual([]);
    expect(server('s2').passwords).toEqual([]);
  });

  it('closes every connection that it does not use', async () => {
    const { login, servers } = world({ servers: { s1: { signIn: 'wrong-credentials' }, s2: {}, s3: {} } });
    await login;
    expect(openConnections(servers)).toBe(0);
  });

  it('sends nothing for a user whom this client does not allow', async () => {
    const { login, server, progress } = world({ settings: { LDM_USER_ALLOW: 'bob' } });
    expect(await login).toEqual({ kind: 'user-not-allowed', user: 'ann' });
    expect(server('s1').opened).toBe(0);
    expect(progress).toEqual([]);
  });

  it('allows a user whom LDM_USER_ALLOW names', async () => {
    expect(await world({ settings: { LDM_USER_ALLOW: 'bob,ann' } }).login).toMatchObject({ kind: 'started' });
  });

  describe('that reaches no server', () => {
    const settings = { LDM_SERVER_MAC: 's2=02:00:00:00:00:02 s3=02:00:00:00:00:03', LDM_WAKE_TIMEOUT: '30' };
    const switchedOff = { s1: { connect: 'refused' }, s2: { connect: 'timeout' } } as const;
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());
    const waking = (own: World, isUp = () => false) => {
      const sent: string[] = [];
      const sendMagicPacket = async (mac: string): Promise<void> => void sent.push(mac);
      const made = world({ settings, isUp, ...own, dependencies: { sendMagicPacket, now: () => Date.now() } });
      return { ...made, sent };
    };

    it('wakes one that is switched off, and goes there once it is up', async () => {
      let isUp = false;
      const { login, sent, progress, server } = waking({ servers: switchedOff, down: ['s1', 's2'] }, () => isUp);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(sent).toEqual(['02:00:00:00:00:02']);
      expect(progress.at(-1)).toEqual({ kind: 'waking', servers: ['s2'] });
      isUp = true;
      server('s2').plan = {};
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await login).toMatchObject({ kind: 'started', server: 's2' });
    });

    it('gives up in time where none comes, and does not begin again', async () => {
      const { login, sent } = waking({ servers: switchedOff, down: ['s1', 's2'] });
      await vi.advanceTimersByTimeAsync(40_000);
      expect(await login).toMatchObject({ kind: 'none-left', failures: [{ server: 's1' }, { server: 's2' }] });
      expect(sent).toHaveLength(10);
    });

    it('is cancelled at once', async () => {
      const { login, cancel } = waking({ servers: switchedOff, down: ['s1', 's2'] });
      await vi.advanceTimersByTimeAsync(1_000);
      cancel.abort();
      expect(await login).toEqual({ kind: 'cancelled' });
    });

    it.each([
      ['has shown a wrong key', { s2: { connect: 'host-key-changed' } }],
      ['is beside one that had the password', { s1: { signIn: 'closed' }, s2: { connect: 'timeout' } }],
      ['has no hardware address here', { s1: { connect: 'timeout' } }],
    ] as const)('wakes none that %s', async (_what, servers) => {
      const { login, sent } = waking({ servers, mayGoOn: async () => true });
      await vi.advanceTimersByTimeAsync(40_000);
      expect(await login).toMatchObject({ kind: 'none-left' });
      expect(sent).toEqual([]);
    });
  });

  it('uses a server chosen by hand and no other', async () => {
    const servers = { s1: {}, s2: { connect: 'refused' } } as const;
    const byHand = (name: string) => world({ servers, request: { choice: { mode: 'server', name } } }).login;
    expect(await byHand('s1')).toMatchObject({ kind: 'started', server: 's1' });
    expect(await byHand('s2')).toMatchObject({ kind: 'none-left', failures: [{ server: 's2', code: 'refused' }] });
    expect(await byHand('s9')).toEqual({ kind: 'unknown-server', server: 's9' });
  });

  it('uses the allowed servers alone', async () => {
    const allowed = parseServerList(['s2'], 22);
    const { login, server } = world({ servers: { s1: {}, s2: {} }, request: { allowed } });
    expect(await login).toMatchObject({ kind: 'started', server: 's2' });
    expect(server('s1').opened).toBe(0);
  });

  it('blames its own network where it has none, unless a server refused it', async () => {
    const hasNetwork = () => false;
    const offline = world({ servers: { s1: { connect: 'timeout' } }, dependencies: { hasNetwork } });
    expect(await offline.login).toMatchObject({ kind: 'none-left', isOffline: true });
    expect(offline.demoted).toEqual([]);
    expect(offline.forgotten).toEqual([]);
    expect(offline.progress.some(({ kind }) => kind === 'failed')).toBe(false);
    const mixed = world({
      servers: { s1: { connect: 'timeout' }, s2: { connect: 'refused' } },
      dependencies: { hasNetwork },
    });
    expect(await mixed.login).toMatchObject({ kind: 'none-left', isOffline: false });
    expect(mixed.demoted).toEqual(['s2']);
  });

  it('says that the list is a last resort, and that there is no server at all', async () => {
    const { login } = world({ servers: { s1: { connect: 'refused' } }, isLastResort: true });
    expect(await login).toMatchObject({ kind: 'none-left', isLastResort: true });
    expect(await world({ servers: {} }).login).toMatchObject({ kind: 'none-left', failures: [], isOffline: false });
  });

  it('is cancelled at once while it connects, and while the user is asked whether it goes on', async () => {
    const connecting = world({ servers: { s1: { connect: 'never' } } });
    await vi.waitFor(() => expect(connecting.server('s1').opened).toBe(1));
    connecting.cancel.abort();
    expect(await connecting.login).toEqual({ kind: 'cancelled' });
    const asked = world({
      servers: { s1: { signIn: 'closed' }, s2: {} },
      mayGoOn: () => new Promise<boolean>(() => {}),
    });
    await vi.waitFor(() => expect(asked.observer.mayGoOn).toHaveBeenCalled());
    asked.cancel.abort();
    expect(await asked.login).toEqual({ kind: 'cancelled' });
    expect(asked.demoted).toEqual(['s1']);
  });

  it('has an outcome and a line in the log where something breaks inside', async () => {
    const knownHosts = () => Promise.reject(new Error('out of order'));
    const { login, lines } = world({ dependencies: { knownHosts } });
    expect(await login).toEqual({ kind: 'none-left', failures: [] });
    expect(lines.join('')).toContain('error login-error detail="out of order"');
  });
});

describe('a login under LDM_LIMIT_ONE_SESSION', () => {
  const settings = { LDM_LIMIT_ONE_SESSION: 'y' };
  const prompting = { ...settings, LDM_LIMIT_ONE_SESSION_PROMPT: 'y' };
  const oldSession = ({ commands }: FakeServer) => commands.map(({ line }) => line);

  it('ends the other sessions on its server', async () => {
    const { login, server, asked } = world({ servers: { s1: { sessions: 2 } }, settings });
    expect(await login).toMatchObject({ kind: 'started' });
    expect(oldSession(server('s1'))).toEqual(['exec /bin/sh -s end', 'true']);
    expect(asked).toEqual([]);
  });

  it('asks first where the prompt is on, and ends where the user keeps the other session', async () => {
    const servers = { s1: { sessions: 1 } };
    const yes = world({ servers, settings: prompting, answers: ['yes'] });
    expect(await yes.login).toMatchObject({ kind: 'started' });
    expect(yes.asked).toEqual([{ server: 's1', text: expect.stringContaining('You are logged in on s1 already.') }]);
    const no = world({ servers, settings: prompting, answers: ['no'] });
    expect(await no.login).toEqual({ kind: 'not-allowed', server: 's1', detail: '' });
    expect(oldSession(no.server('s1'))).toEqual([]);
    expect(no.server('s1').open).toBe(0);
  });

  it('says in the log where the sessions cannot be counted, and goes on', async () => {
    const { login, lines } = world({ servers: { s1: { sessions: undefined } }, settings: prompting });
    expect(await login).toMatchObject({ kind: 'started' });
    expect(lines.join('')).toContain('warn other-sessions-unknown server=s1');
  });

  describe("with a session on the other of the user's own servers", () => {
    const [first = '', second = ''] = ownOrder('ann', ['s1', 's2']);
    const own = (answers: readonly string[], plan: FakeServerPlan = { sessions: 1 }) =>
      world({
        servers: { [first]: {}, [second]: plan },
        settings: { ...prompting, LDM_BALANCE: 'affinity' },
        answers,
      });

    it('goes there, and looks for no third one', async () => {
      const { login, asked, server, progress } = own(['1', 'yes']);
      expect(await login).toMatchObject({ kind: 'started', server: second });
      expect(asked[0]?.text).toContain(`You are logged in on ${second} already.`);
      expect(server(first).open).toBe(0);
      expect(progress.filter(({ kind }) => kind === 'failed')).toEqual([]);
    });

    it('goes there, whatever server was chosen by hand and whatever others the user has', async () => {
      const [free = '', busy = '', chosen = ''] = ownOrder('ann', ['s1', 's2', 's3']);
      const { login, asked, server } = world({
        servers: { [free]: {}, [busy]: { sessions: 1 }, [chosen]: {} },
        settings: { ...prompting, LDM_BALANCE: 'affinity' },
        request: { choice: { mode: 'server', name: chosen } },
        answers: ['1', 'yes'],
      });
      expect(await login).toMatchObject({ kind: 'started', server: busy });
      expect(asked[0]).toMatchObject({ server: chosen, text: expect.stringContaining(`logged in on ${busy}`) });
      expect([server(free).open, server(chosen).open]).toEqual([0, 0]);
    });

    it('ends it there and stays', async () => {
      const { login, server } = own(['2']);
      expect(await login).toMatchObject({ kind: 'started', server: first });
      expect([server(first).opened, server(second).opened]).toEqual([1, 1]);
      expect(oldSession(server(second))).toEqual(['exec /bin/sh -s end']);
      expect(server(second).open).toBe(0);
    });

    it('ends where the user answers anything else', async () => {
      expect(await own(['3']).login).toEqual({ kind: 'not-allowed', server: first, detail: '' });
    });

    it('gives the password there only after the chosen server has accepted it', async () => {
      const { login, server } = world({
        servers: { [first]: { signIn: 'wrong-credentials' }, [second]: { sessions: 1 } },
        settings: { ...prompting, LDM_BALANCE: 'affinity' },
      });
      expect(await login).toMatchObject({ kind: 'wrong-credentials', server: first });
      expect(server(second).passwords).toEqual([]);
      expect(server(second).open).toBe(0);
    });

    it.each<[string, FakeServerPlan]>([
      ['has no session', { sessions: 0 }],
      ['cannot count them', { sessions: undefined }],
      ['is not reached', { connect: 'refused' }],
      ['refuses the password', { signIn: 'wrong-credentials' }],
      ['asks for more than the password', { sessions: 1, asks: [{ text: 'Code: ', echo: true }] }],
    ])('is not kept by a server there that %s', async (_, plan) => {
      const { login, asked, server } = own([], plan);
      expect(await login).toMatchObject({ kind: 'started', server: first });
      expect(asked).toEqual([]);
      expect(server(second).open).toBe(0);
    });

    it('is looked for early: the host key there is verified during the race for the chosen server', async () => {
      const { login, server, cancel } = world({
        servers: { [first]: { connect: 'never' }, [second]: {} },
        settings: { ...settings, LDM_BALANCE: 'affinity' },
      });
      // The race itself would wait for 250 ms.
      await vi.waitFor(() => expect(server(second).opened).toBe(1), { timeout: 100, interval: 2 });
      expect(server(first).opened).toBe(1);
      cancel.abort();
      expect(await login).toEqual({ kind: 'cancelled' });
      expect(server(second).open).toBe(0);
    });

    it('waits for a server there that is slow', async () => {
      const { login, asked } = world({
        servers: { [first]: {}, [second]: { sessions: 1 } },
        settings: { ...prompting, LDM_BALANCE: 'affinity' },
        slow: second,
        answers: ['2'],
      });
      expect(await login).toMatchObject({ kind: 'started', server: first });
      expect(asked).toHaveLength(1);
    });

    it.each<[string, World]>([
      ['sessions are not limited', {}],
      ['the server is down', { settings, down: [second] }],
    ])('is not looked for where %s', async (_, own) => {
      const { login, server } = world({
        ...own,
        servers: { [first]: {}, [second]: { sessions: 1 } },
        settings: { ...own.settings, LDM_BALANCE: 'affinity' },
      });
      expect(await login).toMatchObject({ kind: 'started', server: first });
      expect(server(second).opened).toBe(0);
    });

    it('is not looked for where many clients share the account', async () => {
      const [taken = '', other = ''] = ownOrder('pc01', ['s1', 's2']);
      const { login, server } = world({
        servers: { s1: { sessions: 1 }, s2: { sessions: 1 } },
        settings: { ...settings, LDM_BALANCE: 'affinity' },
        request: { whose: 'pc01' },
      });
      expect(await login).toMatchObject({ kind: 'started', server: taken });
      expect(server(other).opened).toBe(0);
    });
  });
});
