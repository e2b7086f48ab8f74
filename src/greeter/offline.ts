import type { ServerStatus } from '../servers/answer.js';
import type { SessionErrorCode } from '../session/session-error.js';

/**
 * Whether this client itself is cut off: it has no address of the network's, and no server is reached all the same (on
 * this very machine, say). While servers are being asked, what was so before is so still.
 */
export function isOffline(before: boolean, hasNetwork: boolean, statuses: readonly ServerStatus[]): boolean {
  if (hasNetwork || statuses.some(({ state }) => state !== 'down' && state !== 'checking')) return false;
  return before || statuses.every(({ state }) => state === 'down');
}

/** Whether a failure is no fault of a server's where this client has no network. */
export function mayBeOwnNetwork(code: SessionErrorCode): boolean {
  return code === 'unreachable' || code === 'unresolvable' || code === 'timeout';
}
