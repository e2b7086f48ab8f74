import { orAfter, unlessAborted } from '../shared/abort.js';
import type { Log } from '../shared/log.js';
import type { Secret } from '../shared/secret.js';
import type { ServerAddress } from '../shared/server-address.js';
import { isEarlyEnd, lastErrors } from './early-end.js';
import type { Hooks } from './hooks/hooks.js';
import { type HookPhases, hookPhases } from './hooks/phases.js';
import { endOtherSessions, findOtherSessions } from './other-sessions.js';
import type { RemoteCommand, SessionGivens } from './remote-command.js';
import { SessionError } from './session-error.js';
import type { Dialogue } from './sign-in/sign-in.js';
import type { SilenceListener } from './ssh/server-watch.js';
import type { Connection, RunningCommand, VerifiedConnection } from './ssh/ssh-connection.js';
import type { X11Forwarding } from './x11/forwarding.js';

/** A session that runs. Its `ended` resolves when the hooks of its end have run too. */
export interface Session extends RunningCommand {
  /** Resolves when its desktop is on the screen; never where nobody watches for it. */
  readonly desktopShown: Promise<void>;
  /**
   * Once it has ended: what its desktop said last, where it ended within seconds of its beginning; undefined where it
   * lasted, or was lost.
   */
  earlyEnd(): EarlyEnd | undefined;
  /** From now on this one, and no other, hears whether the server answers. */
  onSilence(listener: SilenceListener): void;
  /** Ends every forwarded X11 client at once, and the connection as soon as the hooks of the end have run. */
  close(): void;
  /** Ends the session on a server that does not answer, with the hooks of the end. */
  abandon(): void;
}

export interface EarlyEnd {
  readonly seconds: number;
  /** The last lines of ~/.xsession-errors; often empty. */
  readonly errors: string;
}

export interface SessionRequest {
  readonly user: string;
  /** Answers the first hidden prompt that asks for a password. Wiped by whoever made it. */
  readonly password: Secret;
  /** What is started: one command, or the one for what the session is given. */
  readonly command: RemoteCommand | ((given: SessionGivens) => RemoteCommand);
  /**
   * ms that the server has from the beginning of the sign-in to the start of the command, where nobody is there to press
   * Cancel. Without it the server takes the time that it needs.
   */
  readonly startWithinMs?: number | undefined;
  /** What hooks are told of this login besides. */
  readonly forHooks?: Readonly<Record<string, string>> | undefined;
}

export interface SessionDependencies {
  /** X11 of the session, or undefined to go without. */
  readonly forwardX11: (() => X11Forwarding) | undefined;
  readonly hooks?: Hooks | undefined;
  /** Where LDM_SOCKET may be made. */
  readonly socketParent?: string | undefined;
  /** What becomes of the user's other sessions on the server. */
  readonly otherSessions: 'stay' | 'end' | 'ask';
  /** Where else the user may have a session. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Silence of the server after which the session ends, or the sign-in where its kernel is silent as well, in ms. */
  readonly sessionTimeoutMs: number;
  readonly log: Log;
}

export interface Elsewhere {
  /** A session of the user's on another server. Called when the chosen server has let the user in. Never throws. */
  find(): Promise<SessionElsewhere | undefined>;
}

export interface SessionElsewhere {
  readonly server: ServerAddress;
  /** @throws {SessionError} */
  end(): Promise<void>;
}

/** The user wants to log in where that session is; nothing has failed. */
export class GoElsewhere extends Error {
  constructor(readonly server: ServerAddress) {
    super(`to ${server.name}`);
  }
}

/** Whoever hears and answers meanwhile. */
export interface SessionObserver {
  signingIn(): void;
  starting(): void;
  readonly dialogue: Dialogue;
  /** Whether the user's other sessions shall be ended. */
  endOthers(): Promise<boolean>;
  /** What becomes of the user's session on this other server. */
  sessionElsewhere(server: ServerAddress): Promise<'go' | 'end' | 'cancel'>;
  /** Hears of the server until the session runs. */
  readonly silence: SilenceListener;
}

/**
 * A desktop that has ended may leave programs behind that hold its output open, and sshd would wait for them; after so
 * many ms the session is over all the same.
 */
const leftBehindMs = 1_000;

/**
 * From a server that has proved its key to a session on it: hooks P, sign-in, other sessions, hooks S and X, the
 * command; hooks K and the end of the connection behind it.
 * @throws {SessionError} and the connection is closed then
 */
export async function startSession(
  verified: VerifiedConnection,
  request: SessionRequest,
  dependencies: SessionDependencies,
  observer: SessionObserver,
  signal: AbortSignal,
): Promise<Session> {
  const { host, port } = verified.server;
  const { clientAddress } = verified;
  const forHooks = {
    ...request.forHooks,
    LDM_SERVER: host,
    SSH_OVERRIDE_PORT: String(port),
    LDM_USERNAME: request.user,
    ...(clientAddress !== undefined && { LDMINFO_IPADDR: clientAddress }),
  };
  const phases = hookPhases(dependencies.hooks, forHooks, dependencies.socketParent ?? '/run');
  let connection: Connection | undefined;
  let x11: X11Forwarding | undefined;
  const close = async (): Promise<void> => {
    x11?.close();
    await phases.finish();
    (connection ?? verified).close();
  };
  const start = async (): Promise<RunningDesktop> => {
    observer.signingIn();
    connection = await verified.signIn(request.user, request.password, observer.dialogue, signal);
    await readyForSession(connection, phases, dependencies, observer, signal);
    observer.starting();
    const environment = await phases.run('X', signal);
    x11 = dependencies.forwardX11?.();
    const given = { clientAddress, environment, x11Cookie: x11?.request.cookie };
    const command = typeof request.command === 'function' ? request.command(given) : request.command;
    const running = await unlessCancelled(connection.run(command.line, x11), signal);
    return { connection, x11, command, running };
  };
  try {
    await phases.run('P', signal);
    verified.watch(dependencies.sessionTimeoutMs, observer.silence);
    const starting = start();
    // It may get so far when it was given up already.
    starting.catch(() => x11?.close());
    return sessionOf(await within(request.startWithinMs, starting), dependencies.sessionTimeoutMs, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A command that has begun, and what it has. */
interface RunningDesktop {
  readonly connection: Connection;
  readonly x11: X11Forwarding | undefined;
  readonly command: RemoteCommand;
  readonly running: RunningCommand;
}

/** The session from its beginning to its end. */
function sessionOf(
  { connection, x11, command, running }: RunningDesktop,
  sessionTimeoutMs: number,
  close: () => Promise<void>,
): Session {
  let listener: SilenceListener | undefined;
  connection.watch(sessionTimeoutMs, {
    silent: (ms) => {
      x11?.serverAnswers(false);
      listener?.silent(ms);
    },
    answers: () => {
      x11?.serverAnswers(true);
      listener?.answers();
    },
  });
  const began = performance.now();
  let shownAt: number | 'unseen' | undefined = x11?.desktopShown && 'unseen';
  const desktopShown = x11?.desktopShown ?? new Promise<void>(() => {});
  void desktopShown.then(() => {
    shownAt = performance.now();
  });
  let early: EarlyEnd | undefined;
  let finishing: Promise<void> | undefined;
  const explain = async (): Promise<void> => {
    const now = performance.now();
    // A command's own words have been passed through.
    if (command.input === undefined || !isEarlyEnd(began, now, shownAt)) return;
    early = { seconds: Math.round((now - began) / 1_000), errors: await lastErrors(connection) };
  };
  const finish = (): Promise<void> => {
    finishing ??= explain().then(close);
    return finishing;
  };
  if (command.input !== undefined) {
    running.channel.end(command.input);
    void running.exited.then(() => setTimeout(() => void finish(), leftBehindMs));
  }
  const ended = running.ended.then(async (end) => {
    await (end.kind === 'lost' ? close() : finish());
    return end;
  });
  return {
    ...running,
    ended,
    desktopShown,
    earlyEnd: () => early,
    onSilence: (next) => {
      listener = next;
    },
    close: () => void close(),
    abandon: () => connection.abandon('given-up', 'the user did not wait any longer'),
  };
}

/** Signed in, and nothing of the session yet. */
async function readyForSession(
  connection: Connection,
  phases: HookPhases,
  { otherSessions, elsewhere, log }: SessionDependencies,
  observer: SessionObserver,
  signal: AbortSignal,
): Promise<void> {
  await phases.listen((command) => connection.run(command));
  if (otherSessions !== 'stay') {
    const looks = Promise.all([findOtherSessions(connection), elsewhere?.find()]);
    const [found, there] = await unlessCancelled(looks, signal);
    if (found === undefined) log.warn('other-sessions-unknown', { server: connection.server.name });
    else if (found > 0) {
      const isWanted = otherSessions === 'end' || (await unlessCancelled(observer.endOthers(), signal));
      if (!isWanted) throw new SessionError('not-allowed', '');
      await unlessCancelled(endOtherSessions(connection), signal);
    }
    if (there) await decideElsewhere(there, otherSessions, observer, signal);
  }
  await phases.run('S', signal);
}

/** @throws {GoElsewhere} */
async function decideElsewhere(
  there: SessionElsewhere,
  otherSessions: 'end' | 'ask',
  observer: SessionObserver,
  signal: AbortSignal,
): Promise<void> {
  const wish = otherSessions === 'end' ? 'end' : await unlessCancelled(observer.sessionElsewhere(there.server), signal);
  if (wish === 'cancel') throw new SessionError('not-allowed', '');
  if (wish === 'go') throw new GoElsewhere(there.server);
  await unlessCancelled(there.end(), signal);
}

/** The promise, or `cancelled` as soon as the user cancels. */
export function unlessCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return unlessAborted(promise, signal, () => new SessionError('cancelled', 'no longer wanted'));
}

/** The promise, or `timeout` after so many ms; undefined: however long it takes. */
function within<T>(ms: number | undefined, promise: Promise<T>): Promise<T> {
  if (ms === undefined) return promise;
  return orAfter(promise, ms, () => {
    throw new SessionError('timeout', `no session within ${ms / 1_000} s`);
  });
}
