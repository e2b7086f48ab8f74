import { orAfter, pause } from '../shared/abort.js';
import type { Log } from '../shared/log/log.js';
import type { Secret } from '../shared/secret.js';
import type { Device } from './devices/device.js';
import type { LocalMedia } from './devices/drives/local-media.js';
import { SessionDrives } from './devices/drives/session-drives.js';
import { SessionDevices } from './devices/session-devices.js';
import type { Hooks } from './hooks/hooks.js';
import { hookPhases } from './hooks/phases.js';
import { type Elsewhere, limitToOneSession, type OneSessionPolicy } from './one-session.js';
import type { RemoteCommand, SessionGivens } from './remote-command.js';
import { runningSession, type Session, type StartedCommand } from './running-session.js';
import { SessionError, toSessionError } from './session-error.js';
import type { SessionObserver } from './session-observer.js';
import type { PromptHandler } from './sign-in/prompt-answers.js';
import type { Connection, RunningCommand } from './ssh/connection.js';
import type { VerifiedConnection } from './ssh/verified-connection.js';
import { unlessCancelled } from './unless-cancelled.js';
import type { X11Forwarding } from './x11/forwarding.js';

export interface SessionRequest {
  readonly user: string;
  /** Answers the first hidden prompt that asks for a password. Its maker wipes it. */
  readonly password: Secret;
  /** What is started: a fixed command, or one that is made from what is known of the session. */
  readonly command: RemoteCommand | ((given: SessionGivens) => RemoteCommand);
  /**
   * Maximum time, in ms, from the start of the sign-in to the start of the command, where nobody is there to press
   * Cancel. Without it the server takes the time that it needs.
   */
  readonly startWithinMs?: number | undefined;
  /** Additional environment variables for the hooks of this login. */
  readonly forHooks?: Readonly<Record<string, string>> | undefined;
}

/** ms */
const freeSessionMs = 100;

export interface SessionDependencies {
  /** X11 of the session, or undefined to go without. */
  readonly forwardX11: (() => X11Forwarding) | undefined;
  readonly hooks?: Hooks | undefined;
  /** Devices of this client for a desktop. Without it, there are none. */
  readonly devices?: (() => readonly Device[]) | undefined;
  /** Removable media of this client for a desktop. Without it, there are none. */
  readonly media?: LocalMedia | undefined;
  /** The directory for LDM_SOCKET. */
  readonly socketParent?: string | undefined;
  /** Without it the user's other sessions stay. */
  readonly oneSession?: OneSessionPolicy | undefined;
  /** Where else the user may have a session. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Silence, in ms, after which the session ends. The sign-in ends where the server's kernel is silent as well. */
  readonly sessionTimeoutMs: number;
  readonly log: Log;
}

/**
 * Starts a session on a server that has proved its host key: hooks P, sign-in, other sessions, hooks S and X, the
 * command. After the command: hooks K and the end of the connection.
 * @throws {SessionError} or {GoElsewhere}; the connection is closed then
 */
export async function startSession(
  verified: VerifiedConnection,
  request: SessionRequest,
  dependencies: SessionDependencies,
  observer: SessionObserver,
  signal: AbortSignal,
): Promise<Session> {
  const { name: server, host, port } = verified.server;
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
  const isDesktop = typeof request.command === 'function';
  const devices = new SessionDevices((isDesktop && dependencies.devices?.()) || [], dependencies.log);
  let drives: SessionDrives | undefined;
  const close = async (): Promise<void> => {
    x11?.close();
    void devices.close();
    await drives?.close();
    await phases.finish();
    (connection ?? verified).close();
  };
  const signIn = async (): Promise<Connection> => {
    observer.tell({ kind: 'signing-in', server });
    const promptHandler: PromptHandler = {
      ask: (prompt, withdrawn) => observer.ask(server, prompt, withdrawn),
      tell: (text) => observer.tell({ kind: 'server-message', server, text }),
    };
    return verified.signIn(request.user, request.password, promptHandler, signal);
  };
  const start = async (): Promise<StartedCommand> => {
    const signedIn = await signIn();
    connection = signedIn;
    await phases.listen((command) => signedIn.run(command));
    const { oneSession } = dependencies;
    if (oneSession) await limitToOneSession(signedIn, oneSession, dependencies, signal);
    await phases.run('S', signal);
    observer.tell({ kind: 'starting', server });
    const environment = await phases.run('X', signal);
    x11 = dependencies.forwardX11?.();
    const offered = await unlessCancelled(devices.open(signedIn), signal);
    const commandWith = (named: Readonly<Record<string, string>>): RemoteCommand => {
      const given = { clientAddress, environment, devices: named, x11Cookie: x11?.request.cookie };
      return typeof request.command === 'function' ? request.command(given) : request.command;
    };
    const run = ({ line, input }: RemoteCommand): Promise<RunningCommand> =>
      unlessCancelled(signedIn.run(line, x11, input === undefined ? 'in-turn' : 'at-once'), signal);
    const command = commandWith(offered);
    try {
      const running = await run(command);
      return { connection: signedIn, x11, command, running };
    } catch (error) {
      // With `MaxSessions 1` there is room for the desktop or for what keeps the sockets.
      if (!devices.isOpen || toSessionError(error).code !== 'command-refused') throw error;
      await unlessCancelled(devices.close(), signal);
      // sshd counts a session that has just ended until it has worked through what had arrived with its end.
      await pause(freeSessionMs, signal);
      const alone = commandWith({});
      const running = await run(alone);
      return { connection: signedIn, x11, command: alone, running };
    }
  };
  try {
    await phases.run('P', signal);
    verified.watch(dependencies.sessionTimeoutMs, {
      silent: () => observer.tell({ kind: 'silent', server }),
      answers: () => observer.tell({ kind: 'answers', server }),
    });
    const starting = start();
    // It may still get as far as X11 after its time is over.
    starting.catch(() => {
      x11?.close();
      void devices.close();
    });
    const started = await within(request.startWithinMs, starting);
    const media = isDesktop ? dependencies.media : undefined;
    if (media !== undefined) {
      drives = new SessionDrives(media, started.connection, dependencies.log);
      drives.start();
    }
    return runningSession(started, dependencies.sessionTimeoutMs, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** The promise, or `timeout` after so many ms; undefined: however long it takes. */
function within<T>(ms: number | undefined, promise: Promise<T>): Promise<T> {
  if (ms === undefined) return promise;
  return orAfter(promise, ms, () => {
    throw new SessionError('timeout', `no session within ${ms / 1_000} s`);
  });
}
