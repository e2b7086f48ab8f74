import { errorMessage } from '../../shared/errors.js';
import { SessionError } from '../session-error.js';
import type { RunningCommand } from '../ssh/connection.js';
import type { HookPhase } from './files.js';
import type { Hooks } from './hooks.js';
import { createRemoteSocket, type RemoteSocket } from './remote-socket.js';

/** The hooks of one login on one server, and the socket over which they reach that server. */
export interface HookPhases {
  /**
   * @returns what phase X adds to the session's environment
   * @throws {SessionError} `not-allowed` where a hook refuses the login, with its message
   */
  run(phase: 'P' | 'S' | 'X', signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** From now on LDM_SOCKET accepts commands. */
  listen(run: (command: string) => Promise<RunningCommand>): Promise<void>;
  /** Runs phase K where S had begun, then closes the socket. A second call waits for the first. */
  finish(): Promise<void>;
}

const none: HookPhases = {
  run: async () => ({}),
  listen: async () => {},
  finish: async () => {},
};

/** @throws {SessionError} `not-allowed`: without the socket the hooks cannot do their work */
function socketIn(parent: string): RemoteSocket {
  try {
    return createRemoteSocket(parent);
  } catch (error) {
    throw new SessionError('not-allowed', `LDM_SOCKET: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/**
 * @throws {SessionError} `not-allowed` where there can be no socket
 * @param environment what this login adds for each hook
 * @param socketParent the directory for the socket's own directory
 */
export function hookPhases(
  hooks: Hooks | undefined,
  environment: Readonly<Record<string, string>>,
  socketParent: string,
): HookPhases {
  if (hooks === undefined || !hooks.areThere) return none;
  const socket = socketIn(socketParent);
  const forHooks = { ...environment, LDM_SOCKET: socket.path };
  let begun: readonly HookPhase[] = [];
  let finishing: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    // K undoes S, even where the login failed after S.
    if (begun.includes('S')) await hooks.run('K', forHooks, new AbortController().signal);
    socket.close();
  };
  return {
    async run(phase, signal) {
      begun = [...begun, phase];
      const { refusal, environment: given } = await hooks.run(phase, forHooks, signal);
      if (refusal !== undefined) throw new SessionError('not-allowed', refusal);
      return given;
    },
    listen: (run) => socket.listen(run),
    finish() {
      finishing ??= finish();
      return finishing;
    },
  };
}
