import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { encodeFrame } from '../../../src/protocol/remote-frames.js';
import type { Hooks } from '../../../src/session/hooks/hooks.js';
import { GoElsewhere, type SessionElsewhere } from '../../../src/session/one-session.js';
import { Secret } from '../../../src/shared/secret.js';
import { address } from '../../support/statuses.js';
import { fakeX11, type Scene, start } from '../support/session-start.js';

const find = 'exec /bin/sh -s find';
const end = 'exec /bin/sh -s end';
const upTo = ['P', 'watch', 'signing-in', 'sign in ann'];
const theRest = ['S', 'starting', 'X', 'start hp', 'watch'];

describe('a session', () => {
  it('starts with the hooks before the sign-in, and runs the command after all other hooks', async () => {
    const { events, starting, server } = start();
    await starting;
    expect(events).toEqual([...upTo, ...theRest]);
    expect(server.passwords).toEqual(['pw']);
    expect(server.open).toBe(1);
  });

  it('tells its hooks about the login but for the password, and no variable of the login can change that', async () => {
    const { environments, socketParent, starting } = start({
      request: { forHooks: { LDM_CHOICE: 'kde', LDM_USERNAME: 'somebody else' } },
    });
    await starting;
    expect(environments.P).toEqual({
      LDM_CHOICE: 'kde',
      LDM_SERVER: 'app1',
      SSH_OVERRIDE_PORT: '2222',
      LDM_USERNAME: 'ann',
      LDMINFO_IPADDR: '10.0.0.7',
      LDM_SOCKET: expect.stringContaining(join(socketParent, 'ldm-')),
    });
    expect(environments.X).toEqual(environments.P);
  });

  it('tells its hooks no address of this client where none is known', async () => {
    const { environments, starting } = start({ plan: { clientAddress: undefined } });
    await starting;
    expect(environments.P).not.toHaveProperty('LDMINFO_IPADDR');
  });

  it.each<Scene>([{ hooks: 'none' }, { dependencies: { hooks: undefined } }])(
    'needs no hooks, and makes no socket without them: %j',
    async (scene) => {
      const { events, socketParent, starting } = start(scene);
      await starting;
      expect(events).toEqual([...upTo.slice(1), 'starting', 'start without', 'watch']);
      expect(readdirSync(socketParent)).toEqual([]);
    },
  );

  it('gives its hooks a socket to the server once the user is signed in', async () => {
    const there: Record<string, boolean> = {};
    const hooks: Hooks = {
      areThere: true,
      run: async (phase, { LDM_SOCKET = '' }) => {
        there[phase] = existsSync(LDM_SOCKET);
        if (phase === 'S') connect(LDM_SOCKET).end(encodeFrame('c', Buffer.from('lpstat')));
        return { refusal: undefined, environment: {} };
      },
    };
    const { events, starting } = start({ dependencies: { hooks } });
    const session = await starting;
    await vi.waitFor(() => expect(events).toContain('lpstat'));
    session.close();
    expect(there).toMatchObject({ P: false, S: true, X: true });
  });

  it('is closed with its hooks and its socket, once', async () => {
    const { events, socketParent, starting } = start();
    const session = await starting;
    expect(readdirSync(socketParent)).toHaveLength(1);
    session.close();
    session.close();
    await vi.waitFor(() => expect(events.slice(upTo.length + theRest.length)).toEqual(['K', 'close']));
    expect(readdirSync(socketParent)).toEqual([]);
  });

  it('makes the command from what is known of the session', async () => {
    const { forwardX11 } = fakeX11();
    const command = vi.fn(() => ({ line: 'desktop', input: 'the script' }));
    const { starting, server } = start({ request: { command }, dependencies: { forwardX11 } });
    await starting;
    expect(command).toHaveBeenCalledWith({
      clientAddress: '10.0.0.7',
      devices: {},
      environment: { PRINTER: 'hp' },
      x11Cookie: 'c0ffee',
    });
    expect(server.commands[0]?.line).toBe('desktop');
    await vi.waitFor(() => expect(server.commands[0]?.input()).toBe('the script'));
  });

  it('has the devices of this client in a desktop alone, and ends them where it does not start', async () => {
    const close = vi.fn();
    const device = { name: 'sound', environment: () => ({}), connect: vi.fn(), close } as const;
    const devices = vi.fn(() => [device]);
    await start({ request: { command: { line: 'one command', input: undefined } }, dependencies: { devices } })
      .starting;
    expect(devices).not.toHaveBeenCalled();
    const { starting } = start({ plan: { signIn: 'wrong-credentials' }, dependencies: { devices } });
    await expect(starting).rejects.toMatchObject({ code: 'wrong-credentials' });
    expect(devices).toHaveBeenCalledTimes(1);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('runs a command that is fixed', async () => {
    const { starting, server } = start({ request: { command: { line: 'uptime', input: undefined } } });
    await starting;
    expect(server.commands[0]?.line).toBe('uptime');
  });

  it('passes questions and messages of the server on, with its name', async () => {
    const { starting, server, progress } = start({
      plan: { asks: [{ text: 'Code: ', echo: true }], tells: 'Welcome' },
      answer: async ({ text }) => new Secret(`answer to ${text}`),
    });
    await starting;
    expect(server.answers).toEqual(['answer to Code: ']);
    expect(progress).toContainEqual({ kind: 'server-message', server: 'app1:2222', text: 'Welcome' });
  });

  it('tells that the server is silent while it starts, and that it answers again', async () => {
    const { starting, server, progress } = start();
    await starting;
    server.listeners[0]?.silent(10_000);
    server.listeners[0]?.answers();
    expect(progress.slice(-2)).toEqual([
      { kind: 'silent', server: 'app1:2222' },
      { kind: 'answers', server: 'app1:2222' },
    ]);
  });
});

describe('a session that fails to start', () => {
  it('by a hook before the sign-in signs nobody in, and undoes nothing', async () => {
    const { events, server, socketParent, starting } = start({ hooks: { P: 'Not on Sundays.' } });
    await expect(starting).rejects.toMatchObject({ code: 'not-allowed', detail: 'Not on Sundays.' });
    expect(events).toEqual(['P', 'close']);
    expect(server.passwords).toEqual([]);
    expect(readdirSync(socketParent)).toEqual([]);
  });

  it('by a hook after the sign-in starts nothing, and runs the hooks of the end', async () => {
    const { events, starting } = start({ hooks: { S: 'No room.' } });
    await expect(starting).rejects.toMatchObject({ code: 'not-allowed', detail: 'No room.' });
    expect(events).toEqual([...upTo, 'S', 'K', 'close']);
  });

  it('by the sign-in runs no hook of the end, because none of the start has run', async () => {
    const { events, starting } = start({ plan: { signIn: 'wrong-credentials' } });
    await expect(starting).rejects.toMatchObject({ code: 'wrong-credentials' });
    expect(events).toEqual([...upTo, 'close']);
  });

  it('by the server closes X11 too', async () => {
    const { x11, forwardX11 } = fakeX11();
    const { events, starting } = start({ plan: { run: 'command-refused' }, dependencies: { forwardX11 } });
    await expect(starting).rejects.toMatchObject({ code: 'command-refused' });
    expect(events.slice(-2)).toEqual(['K', 'close']);
    expect(x11.close).toHaveBeenCalled();
  });

  it('by the user in the sign-in starts nothing', async () => {
    const { events, server, starting, cancel } = start({ plan: { signIn: 'never' } });
    await vi.waitFor(() => expect(server.passwords).toEqual(['pw']));
    cancel.abort();
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(events).toEqual([...upTo, 'close']);
  });

  it('by the user while the command starts undoes what has started', async () => {
    const { events, starting, cancel } = start({ plan: { run: 'never' } });
    await vi.waitFor(() => expect(events).toContain('start hp'));
    cancel.abort();
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(events).toEqual([...upTo, 'S', 'starting', 'X', 'start hp', 'K', 'close']);
  });

  it('without a folder for the socket of its hooks does nothing at all', async () => {
    const { events, starting } = start({ dependencies: { socketParent: '/nowhere' } });
    const error = { code: 'not-allowed', detail: expect.stringContaining('LDM_SOCKET'), cause: { code: 'ENOENT' } };
    await expect(starting).rejects.toMatchObject(error);
    expect(events).toEqual([]);
  });
});

describe('the time for the start of a session', () => {
  it('is over at its maximum where nobody is there to press Cancel', async () => {
    const { events, starting } = start({ plan: { signIn: 'never' }, request: { startWithinMs: 20 } });
    await expect(starting).rejects.toMatchObject({ code: 'timeout', detail: 'no session within 0.02 s' });
    expect(events.at(-1)).toBe('close');
  });

  it('is as long as the server needs where it has no maximum, or a later one', async () => {
    for (const startWithinMs of [undefined, 5_000]) {
      const answer = () => new Promise<Secret>((resolve) => setTimeout(() => resolve(new Secret('')), 10));
      const { starting } = start({
        plan: { asks: [{ text: 'Code: ', echo: true }] },
        answer,
        request: { startWithinMs },
      });
      await expect(starting).resolves.toBeDefined();
    }
  });

  it('leaves no X11 open that comes when it is over', async () => {
    const { x11, forwardX11 } = fakeX11();
    let goOn = (): void => {};
    const hooks: Hooks = {
      areThere: true,
      run: async (phase) => {
        if (phase === 'X') await new Promise<void>((resolve) => (goOn = resolve));
        return { refusal: undefined, environment: {} };
      },
    };
    const { starting } = start({ request: { startWithinMs: 20 }, dependencies: { hooks, forwardX11 } });
    await expect(starting).rejects.toMatchObject({ code: 'timeout' });
    expect(x11.close).not.toHaveBeenCalled();
    goOn();
    await vi.waitFor(() => expect(x11.close).toHaveBeenCalled());
  });
});

describe("a user's other sessions", () => {
  it('are looked for only where the policy allows one session', async () => {
    const free = start({ plan: { sessions: 2 } });
    await free.starting;
    expect(free.events).toEqual([...upTo, ...theRest]);
    const limited = start({ plan: { sessions: 0 }, oneSession: {} });
    await limited.starting;
    expect(limited.events).toEqual([...upTo, find, ...theRest]);
    expect(limited.log()).toBe('');
  });

  it('end, or end the login, as the policy decides', async () => {
    const yes = start({ plan: { sessions: 1 }, oneSession: { endsHere: true } });
    await yes.starting;
    expect(yes.events).toEqual([...upTo, find, 'asked', end, ...theRest]);
    const no = start({ plan: { sessions: 1 }, oneSession: { endsHere: false } });
    await expect(no.starting).rejects.toMatchObject({ code: 'not-allowed', detail: '' });
    expect(no.events).toEqual([...upTo, find, 'asked', 'close']);
  });

  it('that cannot be counted are logged, and the session starts', async () => {
    const { events, log, starting } = start({ plan: { sessions: undefined }, oneSession: {} });
    await starting;
    expect(events).toEqual([...upTo, find, ...theRest]);
    expect(log()).toContain('warn other-sessions-unknown server=app1:2222');
  });

  it.each(['end', 'go', 'cancel'] as const)('on another server follow the decision %s', async (elsewhere) => {
    const ended: string[] = [];
    const there: SessionElsewhere = { server: address('app2'), end: async () => void ended.push('app2') };
    const dependencies = { elsewhere: { find: async () => there } };
    const { events, starting } = start({ dependencies, oneSession: { elsewhere } });
    const error = await starting.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(events).toContain('asked about app2');
    expect(ended).toEqual(elsewhere === 'end' ? ['app2'] : []);
    expect(events.includes('S')).toBe(elsewhere === 'end');
    if (elsewhere === 'end') expect(error).toBeUndefined();
    else if (elsewhere === 'cancel') expect(error).toMatchObject({ code: 'not-allowed', detail: '' });
    else {
      expect(error).toBeInstanceOf(GoElsewhere);
      expect(error).toMatchObject({ name: 'GoElsewhere', message: 'to app2', server: there.server });
    }
  });
});
