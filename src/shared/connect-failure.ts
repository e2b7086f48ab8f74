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
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  if (codes.includes('unresolvable')) return 'unresolvable';
  if (codes.includes('dns-failed')) return 'dns-failed';
  if (codes.includes('ECONNREFUSED')) return 'refused';
  if (codes.includes('ETIMEDOUT')) return 'timeout';
  if (codes.includes('ECONNRESET') || codes.includes('EPIPE')) return undefined;
  return codes.some((code) => /^E[A-Z]+$/.test(code)) ? 'unreachable' : undefined;
}
