import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { HookPhase } from '../../../src/session/hooks/files.js';
import type { Hooks } from '../../../src/session/hooks/hooks.js';
import type { SessionProgress } from '../../../src/session/session-observer.js';
import type { Prompt } from '../../../src/session/sign-in/prompt-answers.js';
import { type SessionDependencies, type SessionRequest, startSession } from '../../../src/session/start-session.js';
import type { X11Forwarding } from '../../../src/session/x11/forwarding.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { FakeServer, type FakeServerPlan } from '../support/fake-server.js';

interface Setup {
  readonly plan?: FakeServerPlan;
  readonly request?: Partial<SessionRequest>;
  readonly dependencies?: Partial<SessionDependencies>;
  readonly answer?: (prompt: Prompt) => Promise<Secret>;
}

/** Hooks that keep what they are told; a phase may refuse. */
function fakeHooks(refuses?: HookPhase, gives: Readonly<Record<string, string>> = {}) {
  const phases: HookPhase[] = [];
  const environments: Readonly<Record<string, string>>[] = [];
  const hooks: Hooks = {
    areThere: true,
    run: async (phase, environment) => {
      phases.push(phase);
      environments.push(environment);
      return { refusal: phase === refuses ? 'closed on Sundays' : undefined, environment: phase === 'X' ? gives : {} };
    },
  };
  return { hooks, phases, environments };
}

function fakeX11(desktopShown?: Promise<void>) {
  const x11 = {
    request: { single: false, screen: 0, protocol: 'MIT-MAGIC-COOKIE-1', cookie: 'c0ffee' },
    serverAnswers: vi.fn(),
    close: vi.fn(),
    desktopShown,
  };
  return { x11, forwardX11: () => x11 as unknown as X11Forwarding };
}

function setup({ plan = {}, request, dependencies, answer = async () => new Secret('') }: Setup = {}) {
  const server = new FakeServer('app1', plan);
  const progress: SessionProgress[] = [];
  const cancel = new AbortController();
  const starting = startSession(
    server.verified(),
    { user: 'ann', password: new Secret('pw'), command: { line: 'true', input: undefined }, ...request },
    {
      forwardX11: undefined,
      socketParent: '/tmp',
      sessionTimeoutMs: 30_000,
      log: createLog(0, () => {}),
      ...dependencies,
    },
    { tell: (one) => void progress.push(one), ask: (_server, prompt) => answer(prompt) },
    cancel.signal,
  );
  return { server, progress, cancel, starting };
}

describe('the start of a session', () => {
  it('runs the hooks in their order, with this login in their environment', async () => {
    const { hooks, phases, environments } = fakeHooks();
    const { starting, server, progress } = setup({
      plan: { clientAddress: '10.0.0.7' },
      request: { forHooks: { LDM_SESSION: 'xfce' } },
      dependencies: { hooks },
    });
    const session = await starting;
    expect(phases).toEqual(['P', 'S', 'X']);
    expect(environments[0]).toMatchObject({
      LDM_SESSION: 'xfce',
      LDM_SERVER: 'app1',
      SSH_OVERRIDE_PORT: '22',
      LDM_USERNAME: 'ann',
      LDMINFO_IPADDR: '10.0.0.7',
      LDM_SOCKET: expect.stringContaining('/tmp/ldm-'),
    });
    expect(JSON.stringify(environments)).not.toContain('"pw"');
    expect(progress.map(({ kind }) => kind)).toEqual(['signing-in', 'starting']);
    server.commands[0]?.end({ kind: 'exit', code: 3 });
    expect(await session.ended).toEqual({ kind: 'exit', code: 3 });
    expect(phases).toEqual(['P', 'S', 'X', 'K']);
    expect(server.open).toBe(0);
  });

  it.each(['P', 'S'] as const)('ends with the message of a hook of phase %s that refuses', async (phase) => {
    const { hooks, phases } = fakeHooks(phase);
    const { starting, server } = setup({ dependencies: { hooks } });
    await expect(starting).rejects.toMatchObject({ code: 'not-allowed', detail: 'closed on Sundays' });
    expect(phases).toEqual(phase === 'P' ? ['P'] : ['P', 'S', 'K']);
    expect(server.passwords).toEqual(phase === 'P' ? [] : ['pw']);
    expect(server.open).toBe(0);
  });

  it('makes the command from what is known of the session', async () => {
    const { hooks } = fakeHooks(undefined, { FROM_HOOK: '1' });
    const { forwardX11 } = fakeX11();
    const command = vi.fn(() => ({ line: 'desktop', input: 'the script' }));
    const { starting, server } = setup({
      plan: { clientAddress: '10.0.0.7' },
      request: { command },
      dependencies: { hooks, forwardX11 },
    });
    await starting;
    expect(command).toHaveBeenCalledWith({
      clientAddress: '10.0.0.7',
      environment: { FROM_HOOK: '1' },
      x11Cookie: 'c0ffee',
    });
    expect(server.commands[0]?.line).toBe('desktop');
    await vi.waitFor(() => expect(server.commands[0]?.input()).toBe('the script'));
  });

  it('passes questions and messages of the server on, with its name', async () => {
    const { starting, server, progress } = setup({
      plan: { asks: [{ text: 'Code: ', echo: true }], tells: 'Welcome' },
      answer: async ({ text }) => new Secret(`answer to ${text}`),
    });
    await starting;
    expect(server.answers).toEqual(['answer to Code: ']);
    expect(progress).toContainEqual({ kind: 'server-message', server: 'app1', text: 'Welcome' });
  });

  it('tells that the server is silent, and that it answers again', async () => {
    const { starting, server, progress } = setup();
    await starting;
    server.listeners[0]?.silent(10_000);
    server.listeners[0]?.answers();
    expect(progress.slice(-2)).toEqual([
      { kind: 'silent', server: 'app1' },
      { kind: 'answers', server: 'app1' },
    ]);
  });

  it.each([{ signIn: 'wrong-credentials' }, { run: 'command-refused' }] as const)(
    'closes the connection and X11 where it fails: %j',
    async (plan) => {
      const { x11, forwardX11 } = fakeX11();
      const { starting, server } = setup({ plan, dependencies: { forwardX11 } });
      await expect(starting).rejects.toMatchObject({ code: Object.values(plan)[0] });
      expect(server.open).toBe(0);
      if ('run' in plan) expect(x11.close).toHaveBeenCalled();
    },
  );

  it('ends after its time where nobody can cancel it', async () => {
    const { starting, server } = setup({ plan: { signIn: 'never' }, request: { startWithinMs: 50 } });
    await expect(starting).rejects.toMatchObject({ code: 'timeout', detail: 'no session within 0.05 s' });
    expect(server.open).toBe(0);
  });

  it('is cancelled in the sign-in', async () => {
    const { starting, server, cancel } = setup({ plan: { signIn: 'never' } });
    await vi.waitFor(() => expect(server.passwords).toEqual(['pw']));
    cancel.abort();
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.open).toBe(0);
  });
});

describe('a running session', () => {
  const desktop = { command: { line: 'desktop', input: 'the script' } };

  it('passes silence to its last listener, and gives starting X11 clients time meanwhile', async () => {
    const { x11, forwardX11 } = fakeX11();
    const { starting, server } = setup({ dependencies: { forwardX11 } });
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
  });

  it('explains the end of a desktop that ended at once', async () => {
    const { starting, server } = setup({ plan: { errors: 'cannot open display\n' }, request: desktop });
    const session = await starting;
    expect(session.earlyEnd()).toBeUndefined();
    server.commands[0]?.end({ kind: 'exit', code: 1 });
    await session.ended;
    expect(session.earlyEnd()).toEqual({ seconds: 0, errors: 'cannot open display' });
    expect(server.open).toBe(0);
  });

  it('does not explain the end of a single command, nor a loss', async () => {
    const single = setup({ plan: { errors: 'x' } });
    const lost = setup({ plan: { errors: 'x' }, request: desktop });
    const [command, session] = [await single.starting, await lost.starting];
    single.server.commands[0]?.end({ kind: 'exit', code: 1 });
    lost.server.commands[0]?.end({ kind: 'lost', cause: 'cut', detail: 'cut' });
    await Promise.all([command.ended, session.ended]);
    expect(command.earlyEnd()).toBeUndefined();
    expect(session.earlyEnd()).toBeUndefined();
    expect(lost.server.open).toBe(0);
  });

  it('ends a second after its desktop, whatever holds its output open', async () => {
    const { starting, server } = setup({ request: desktop });
    await starting;
    server.commands[0]?.exit();
    await turn();
    expect(server.open).toBe(1);
    await vi.waitFor(() => expect(server.open).toBe(0), { timeout: 3_000 });
  });

  it('shows its desktop when X11 does, and never without X11', async () => {
    const { forwardX11 } = fakeX11(Promise.resolve());
    const withX11 = await setup({ dependencies: { forwardX11 } }).starting;
    await withX11.desktopShown;
    const without = await setup().starting;
    const shown = vi.fn();
    void without.desktopShown.then(shown);
    await turn();
    expect(shown).not.toHaveBeenCalled();
  });

  it('closes X11 and the connection, and abandons a silent server', async () => {
    const { x11, forwardX11 } = fakeX11();
    const { starting, server } = setup({ dependencies: { forwardX11 } });
    const session = await starting;
    session.abandon();
    expect(server.abandoned).toEqual(['given-up']);
    session.close();
    expect(x11.close).toHaveBeenCalled();
    await vi.waitFor(() => expect(server.open).toBe(0));
  });
});
