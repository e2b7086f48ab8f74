import { errorCodes } from './errors.js';

/**
 * Why a host could not be connected to. Stable codes, for the server list and for logins alike.
 * - `timeout`: no answer in time
 * - `refused`: the port is closed
 * - `unreachable`: there is no network route
 * - `unresolvable`: the name has no address
 * - `dns-failed`: no name server can tell at the moment which address the name has
 */
export type ConnectFailure = 'timeout' | 'refused' | 'unreachable' | 'unresolvable' | 'dns-failed';

/**
 * Classifies what net or the resolver threw. Of an AggregateError, the cause that says most counts.
 * @returns undefined where the error is of another kind, such as a connection that was reset
 */
export function connectFailure(error: unknown): ConnectFailure | undefined {
  const codes = errorCodes(error);
  if (codes.includes('unresolvable')) return 'unresolvable';
  if (codes.includes('dns-failed')) return 'dns-failed';
  if (codes.includes('ECONNREFUSED')) return 'refused';
  if (codes.includes('ETIMEDOUT')) return 'timeout';
  if (codes.some(isReset)) return undefined;
  return codes.some((code) => /^E[A-Z]+$/.test(code)) ? 'unreachable' : undefined;
}

/** Whether the code says that the other side cut an open connection. */
export function isReset(code: string): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}
