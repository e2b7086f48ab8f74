/**
 * Why a login on one server came to nothing. Stable codes; the sentences are made in greeter/sentences.ts.
 * - `unresolvable`, `refused`, `unreachable`, `timeout`: no connection
 * - `closed`: the server ended the connection before the login was through (MaxStartups, a killed sshd)
 * - `protocol`: it does not speak ssh as we do
 * - `no-common-algorithm`: it takes none of the algorithms that are safe enough for us
 * - `host-key-unknown`, `host-key-changed`, `host-key-revoked`, `host-key-weak`: nothing was sent to it
 * - `wrong-credentials`: it refused the user or the answers
 * - `account-refused`: it refused them and said why, which was told: locked, expired, closed for maintenance
 * - `no-method`: it offers no way to sign in that a user can type
 * - `command-refused`, `x11-refused`: signed in, but it starts no session
 * - `not-allowed`: this client itself refuses (a hook, LDM_USER_ALLOW); the detail is what to tell, if not empty
 * - `cancelled`: the user's wish
 */
export type SessionErrorCode =
  | 'unresolvable'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'closed'
  | 'protocol'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'host-key-weak'
  | 'no-common-algorithm'
  | 'wrong-credentials'
  | 'account-refused'
  | 'no-method'
  | 'command-refused'
  | 'x11-refused'
  | 'not-allowed'
  | 'cancelled';

export class SessionError extends Error {
  constructor(
    readonly code: SessionErrorCode,
    /** For the administrator's log; may hold the server's words, so it is never shown as it is. */
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** What one server's failure means for the others: only a failure of the server itself moves the login on. */
export function isServersFault(code: SessionErrorCode): boolean {
  return !['wrong-credentials', 'account-refused', 'not-allowed', 'cancelled'].includes(code);
}

export function isHostKeyRefusal(code: SessionErrorCode): boolean {
  return ['host-key-unknown', 'host-key-changed', 'host-key-revoked', 'host-key-weak'].includes(code);
}

/** Reads what ssh2, net or the resolver threw. */
export function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  const detail = error instanceof Error ? error.message || codes.join(' ') : String(error);
  if (/no matching (key exchange|host key|.->. (cipher|MAC))/.test(detail)) {
    return new SessionError('no-common-algorithm', detail);
  }
  if (codes.includes('unresolvable')) return new SessionError('unresolvable', detail);
  if (codes.includes('ECONNREFUSED')) return new SessionError('refused', detail);
  if (codes.includes('ETIMEDOUT')) return new SessionError('timeout', detail);
  if (codes.includes('ECONNRESET') || codes.includes('EPIPE')) return new SessionError('closed', detail);
  if (codes.some((code) => /^E[A-Z]+$/.test(code))) return new SessionError('unreachable', detail);
  return new SessionError(/lost|closed|ended|No response/i.test(detail) ? 'closed' : 'protocol', detail);
}
