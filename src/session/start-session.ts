import type { Secret } from '../settings/secret.js';
import { type HookPhases, hookPhases } from './hook-phases.js';
import type { Hooks } from './hooks.js';
import { endOtherSessions, findOtherSessions } from './other-sessions.js';
import type { RemoteCommand, SessionGivens } from './remote-command.js';
import type { SilenceListener } from './server-watch.js';
import { SessionError } from './session-error.js';
import type { Dialogue } from './sign-in.js';
import type { Connection, RunningCommand, VerifiedConnection } from './ssh-connection.js';
import type { X11Forwarding } from './x11-forwarding.js';

/** A session that runs. Its `ended` resolves when the hooks of its end have run too. */
export interface Session extends RunningCommand {
  /** Resolves when its desktop is on the screen; never where nobody watches for it. */
  readonly desktopShown: Promise<void>;
  /** From now on this one, and no other, hears whether the server answers. */
  onSilence(listener: SilenceListener): void;
  /** Ends every forwarded X11 client at once, and the connection as soon as the hooks of the end have run. */
  close(): void;
  /** Ends the session on a server that does not answer, with the hooks of the end. */
  abandon(): void;
}

export interface SessionRequest {
  readonly user: string;
  /** Answers the first hidden prompt. Wiped by whoever made it. */
  readonly password: Secret;
  /** What is started: one command, or the one for what the session is given. */
  readonly command: RemoteCommand | ((given: SessionGivens) => RemoteCommand);
  /**
   * ms that the server has from the sign-in to the start of the command, where nobody is there to press Cancel. Without
   * it the server takes the time that it needs.
   */
  readonly startWithinMs?: number | undefined;
  /** What hooks are told of this login besides. */
  readonly forHooks?: Readonly<Record<string, string>> | undefined;
}

export interface SessionTools {
  /** X11 of the session, or undefined to go without. */
  readonly forwardX11: (() => X11Forwarding) | undefined;
  readonly hooks?: Hooks | undefined;
  /** Where LDM_SOCKET may be made. */
  readonly socketParent?: string | undefined;
  /** What becomes of the user's other sessions on the server. */
  readonly otherSessions: 'stay' | 'end' | 'ask';
  /** Silence of the server after which the session ends, in ms. */
  readonly sessionTimeoutMs: number;
}

/** Whoever hears and answers meanwhile. */
export interface SessionWitness {
  signingIn(): void;
  starting(): void;
  readonly dialogue: Dialogue;
  /** Whether the user's other sessions shall be ended. */
  endOthers(): Promise<boolean>;
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
  tools: SessionTools,
  witness: SessionWitness,
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
  const phases = hookPhases(tools.hooks, forHooks, tools.socketParent ?? '/run');
  let connection: Connection | undefined;
  let x11: X11Forwarding | undefined;
  const close = async (): Promise<void> => {
    x11?.close();
    await phases.finish();
    (connection ?? verified).close();
  };
  try {
    await phases.run('P', signal);
    witness.signingIn();
    connection = await verified.signIn(request.user, request.password, witness.dialogue, signal);
    await readyForSession(connection, phases, tools.otherSessions, witness, signal);
    witness.starting();
    const environment = await phases.run('X', signal);
    x11 = tools.forwardX11?.();
    const given = { clientAddress, environment, x11Cookie: x11?.request.cookie };
    const command = typeof request.command === 'function' ? request.command(given) : request.command;
    const running = await within(request.startWithinMs, unlessAborted(connection.run(command.line, x11), signal));
    let listener: SilenceListener | undefined;
    connection.watch(tools.sessionTimeoutMs, {
      silent: (ms) => {
        x11?.serverAnswers(false);
        listener?.silent(ms);
      },
      answers: () => {
        x11?.serverAnswers(true);
        listener?.answers();
      },
    });
    if (command.input !== undefined) {
      running.channel.end(command.input);
      void running.exited.then(() => setTimeout(() => void close(), leftBehindMs));
    }
    const ended = running.ended.then(async (end) => {
      await close();
      return end;
    });
    return {
      ...running,
      ended,
      desktopShown: x11?.desktopShown ?? new Promise(() => {}),
      onSilence: (next) => {
        listener = next;
      },
      close: () => void close(),
      abandon: () => connection?.abandon('given-up', 'the user did not wait any longer'),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Signed in, and nothing of the session yet. */
async function readyForSession(
  connection: Connection,
  phases: HookPhases,
  others: SessionTools['otherSessions'],
  witness: SessionWitness,
  signal: AbortSignal,
): Promise<void> {
  await phases.listen((command) => connection.run(command));
  if (others !== 'stay' && (await unlessAborted(findOtherSessions(connection), signal)) > 0) {
    const isWanted = others === 'end' || (await unlessAborted(witness.endOthers(), signal));
    if (!isWanted) throw new SessionError('not-allowed', '');
    await unlessAborted(endOtherSessions(connection), signal);
  }
  await phases.run('S', signal);
}

/** The promise, or `cancelled` as soon as the user has had enough of waiting for it. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new SessionError('cancelled', 'no longer wanted'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The promise, or `timeout` after so many ms; undefined: however long it takes. */
function within<T>(ms: number | undefined, promise: Promise<T>): Promise<T> {
  if (ms === undefined) return promise;
  return new Promise((resolve, reject) => {
    const error = new SessionError('timeout', `no session within ${ms / 1_000} s of the sign-in`);
    const timer = setTimeout(() => reject(error), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
