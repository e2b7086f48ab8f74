import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hooks } from '../../../src/session/hooks/hooks.js';
import { GoElsewhere, type OneSessionPolicy, type SessionElsewhere } from '../../../src/session/one-session.js';
import { SessionError } from '../../../src/session/session-error.js';
import type { SessionObserver } from '../../../src/session/session-observer.js';
import type { VerifiedConnection } from '../../../src/session/ssh/verified-connection.js';
import { type SessionDependencies, type SessionRequest, startSession } from '../../../src/session/start-session.js';
import { createLog } from '../../../src/shared/log/log.js';
import { Secret } from '../../../src/shared/secret.js';
import { address } from '../../support/statuses.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ldm-session-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

interface Scene {
  /** Why the hooks of a phase refuse. */
  readonly refusals?: Readonly<Record<string, string>>;
  readonly hooks?: 'none' | 'silent';
  /** How many other sessions the server finds. */
  readonly others?: number;
  readonly signIn?: () => Promise<void>;
  readonly run?: () => Promise<void>;
  /** Whether LDM_LIMIT_ONE_SESSION is on; the answers of its policy follow. */
  readonly limitsToOne?: boolean;
  readonly endsOthers?: boolean;
  readonly wish?: 'go' | 'end' | 'cancel';
  readonly dependencies?: Partial<SessionDependencies>;
  readonly request?: Partial<SessionRequest>;
}
const nothing = async (): Promise<void> => {};

/** Starts a session on a server that is played, and keeps what happened in its order. */
async function play(scene: Scene, signal = new AbortController().signal) {
  const events: string[] = [];
  const environments: Record<string, Readonly<Record<string, string>>> = {};
  const hooks: Hooks = {
    areThere: scene.hooks !== 'none',
    run: async (phase, environment) => {
      events.push(phase);
      environments[phase] = environment;
      return { refusal: scene.refusals?.[phase], environment: phase === 'X' ? { PRINTER: 'hp' } : {} };
    },
  };
  const command = async (line: string) => {
    events.push(line);
    const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() });
    channel.on('end', () => {});
    const script = line.startsWith('exec /bin/sh -s');
    if (!script) await (scene.run ?? nothing)();
    // The server answers a script with a number.
    const answer = new PassThrough();
    channel.on = answer.on.bind(answer) as never;
    channel.setEncoding = answer.setEncoding.bind(answer) as never;
    answer.end(`${scene.others ?? 0}\n`);
    const ended = script ? new Promise((resolve) => answer.on('end', resolve)) : new Promise(() => {});
    return { channel, exited: new Promise(() => {}), ended };
  };
  const verified = {
    server: address('app1:2222'),
    clientAddress: '10.0.0.7',
    close: () => events.push('close'),
    watch: () => events.push('watch'),
    signIn: async (user: string) => {
      events.push(`sign in ${user}`);
      await (scene.signIn ?? nothing)();
      return {
        server: address('app1:2222'),
        run: command,
        watch: () => events.push('watch session'),
        close: () => events.push('close'),
      };
    },
  } as unknown as VerifiedConnection;
  const observer: SessionObserver = {
    tell: ({ kind }) => events.push(kind),
    ask: async () => new Secret(''),
  };
  const oneSession: OneSessionPolicy = {
    endHere: async () => {
      events.push('asked');
      return scene.endsOthers ?? false;
    },
    decideElsewhere: async ({ name }) => {
      events.push(`asked about ${name}`);
      return scene.wish ?? 'cancel';
    },
  };
  const result = await startSession(
    verified,
    {
      user: 'ann',
      password: new Secret('x'),
      command: ({ environment }) => ({ line: `start ${environment.PRINTER ?? 'without'}`, input: undefined }),
      forHooks: { LDM_CHOICE: 'kde', LDM_USERNAME: 'somebody else' },
      ...scene.request,
    },
    {
      forwardX11: undefined,
      hooks,
      socketParent: parent,
      ...(scene.limitsToOne && { oneSession }),
      sessionTimeoutMs: 60_000,
      log: createLog(0, () => {}),
      ...scene.dependencies,
    },
    observer,
    signal,
  ).then(
    (session) => ({ session, error: undefined }),
    (error: unknown) => ({ session: undefined, error }),
  );
  return { ...result, events, environments };
}
const find = 'exec /bin/sh -s find';
const end = 'exec /bin/sh -s end';
const upTo = ['P', 'watch', 'signing-in', 'sign in ann'];
const theRest = ['S', 'starting', 'X', 'start hp', 'watch session'];

describe('a session', () => {
  it('starts with the hooks before the sign-in, and runs the command after all other hooks', async () => {
    const { events, session } = await play({});
    expect(events).toEqual([...upTo, ...theRest]);
    expect(session).toBeDefined();
  });

  it('tells its hooks about the login, and no variable of the login can change that', async () => {
    const { environments } = await play({});
    expect(environments.S).toMatchObject({
      LDM_CHOICE: 'kde',
      LDM_SERVER: 'app1',
      SSH_OVERRIDE_PORT: '2222',
      LDM_USERNAME: 'ann',
      LDMINFO_IPADDR: '10.0.0.7',
      LDM_SOCKET: expect.stringContaining(parent),
    });
  });

  it('needs no hooks, and makes no socket without them', async () => {
    const { events } = await play({ hooks: 'none' });
    expect(events).toEqual([...upTo.slice(1), 'starting', 'start without', 'watch session']);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('is closed with its hooks and its socket, once', async () => {
    const { events, session } = await play({});
    expect(readdirSync(parent)).toHaveLength(1);
    session?.close();
    session?.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.filter((event) => event === 'K')).toEqual(['K']);
    expect(events.at(-1)).toBe('close');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('does not start without a folder for the socket of its hooks', async () => {
    const { error, events } = await play({ dependencies: { socketParent: join(parent, 'nowhere') } });
    expect(error).toMatchObject({ code: 'not-allowed', detail: expect.stringContaining('LDM_SOCKET') });
    expect(events).toEqual([]);
  });
});

describe('a session that fails to start', () => {
  it('by a hook before the sign-in signs nobody in, and undoes nothing', async () => {
    const { events, error } = await play({ refusals: { P: 'Not on Sundays.' } });
    expect(error).toMatchObject({ code: 'not-allowed', detail: 'Not on Sundays.' });
    expect(events).toEqual(['P', 'close']);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('by a hook after the sign-in starts nothing, and runs the hooks of the end', async () => {
    const { events, error } = await play({ refusals: { S: 'No room.' } });
    expect(error).toMatchObject({ code: 'not-allowed', detail: 'No room.' });
    expect(events).toEqual([...upTo, 'S', 'K', 'close']);
  });

  it('by the sign-in runs no hook of the end, because none of the start has run', async () => {
    const signIn = () => Promise.reject(new SessionError('wrong-credentials', 'x'));
    const { events, error } = await play({ signIn });
    expect(error).toMatchObject({ code: 'wrong-credentials' });
    expect(events).toEqual([...upTo, 'close']);
  });

  it('by the user while the command starts undoes what has started', async () => {
    const abort = new AbortController();
    const run = () => {
      abort.abort();
      return new Promise<void>(() => {});
    };
    const { events, error } = await play({ run }, abort.signal);
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(events).toEqual([...upTo, 'S', 'starting', 'X', 'start hp', 'K', 'close']);
  });

  it('by time if nobody is there to press Cancel', async () => {
    const signIn = () => new Promise<void>(() => {});
    const { error, events } = await play({ signIn, request: { startWithinMs: 30 } });
    expect(error).toMatchObject({ code: 'timeout' });
    expect(events.at(-1)).toBe('close');
    expect((await play({ request: { startWithinMs: 5_000 } })).session).toBeDefined();
  });
});

describe("a user's other sessions", () => {
  const run = (scene: Scene) => play({ limitsToOne: true, ...scene });

  it('are looked for only where the policy allows one session', async () => {
    expect((await play({ others: 2 })).events).toEqual([...upTo, ...theRest]);
    expect((await run({ others: 0 })).events).toEqual([...upTo, find, ...theRest]);
  });

  it('end, or end the login, as the policy decides', async () => {
    expect((await run({ others: 1, endsOthers: true })).events).toEqual([...upTo, find, 'asked', end, ...theRest]);
    const { events, error } = await run({ others: 1, endsOthers: false });
    expect(error).toMatchObject({ code: 'not-allowed', detail: '' });
    expect(events).toEqual([...upTo, find, 'asked', 'close']);
  });

  it.each(['end', 'go', 'cancel'] as const)('on another server follow the decision %s', async (wish) => {
    const ended: string[] = [];
    const there: SessionElsewhere = { server: address('app2'), end: async () => void ended.push('app2') };
    const dependencies = { elsewhere: { find: async () => there } };
    const { error, session, events } = await run({ dependencies, wish });
    expect(events).toContain('asked about app2');
    expect(ended).toEqual(wish === 'end' ? ['app2'] : []);
    expect(session !== undefined).toBe(wish === 'end');
    if (wish === 'go') expect((error as GoElsewhere).server.name).toBe('app2');
    expect(error instanceof GoElsewhere).toBe(wish === 'go');
    if (wish === 'cancel') expect(error).toMatchObject({ code: 'not-allowed', detail: '' });
    expect(events.includes('S')).toBe(wish === 'end');
  });
});
