/**
 * Why a login on one server came to nothing. Stable codes; the sentences are made in greeter/sentences.ts.
 * - `unresolvable`, `dns-failed`, `refused`, `unreachable`, `timeout`: no connection
 * - `closed`: the server ended the connection before the login was through (a killed sshd)
 * - `busy`, `turned-away`: see {@link SshdRefusal}
 * - `protocol`: it does not speak ssh as we do
 * - `no-common-algorithm`: it takes none of the algorithms that are safe enough for us
 * - `host-key-unknown`, `host-key-changed`, `host-key-revoked`, `host-key-weak`: nothing was sent to it
 * - `host-certificate-refused`, `host-certificate-time`: likewise; the second is a question of the clock
 * - `wrong-credentials`: it refused the user or the answers
 * - `account-refused`: it refused them and said why, which was told: locked, expired, closed for maintenance
 * - `sign-in-unfinished`: it ended the connection while it waited for the user, or after a time in which people are
 *   waited for (LoginGraceTime)
 * - `no-method`: it offers no way to sign in that a user can type
 * - `more-wanted`: it took the password, and wants something besides that nobody can type (a key)
 * - `command-refused`, `x11-refused`: signed in, but it starts no session
 * - `not-allowed`: this client itself refuses (a hook, LDM_USER_ALLOW); the detail is what to tell, if not empty
 * - `cancelled`: the user's wish
 */
export type SessionErrorCode =
  | 'unresolvable'
  | 'dns-failed'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'closed'
  | 'busy'
  | 'turned-away'
  | 'protocol'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'host-key-weak'
  | 'host-certificate-refused'
  | 'host-certificate-time'
  | 'no-common-algorithm'
  | 'wrong-credentials'
  | 'account-refused'
  | 'sign-in-unfinished'
  | 'no-method'
  | 'more-wanted'
  | 'command-refused'
  | 'x11-refused'
  | 'not-allowed'
  | 'cancelled';

export class SessionError extends Error {
  constructor(
    readonly code: SessionErrorCode,
    /** For the administrator's log; may hold the server's words, so it is never shown as it is. */
    readonly detail: string,
    /** The server's own words for the user, to be cleaned where they are shown; undefined where it said nothing. */
    readonly words?: string | undefined,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** What one server's failure means for the others: only a failure of the server itself moves the login on. */
export function isServersFault(code: SessionErrorCode): boolean {
  return !['wrong-credentials', 'account-refused', 'not-allowed', 'cancelled'].includes(code);
}

/**
 * Whether a failure tells that the server is better left alone for a while. A key that does not match costs no time and
 * is the administrator's to mend. A server that turns a connection away says so at once, and for its own short time. And
 * people who were slow are not the server's fault, nor is DNS.
 */
export function isDemoting(code: SessionErrorCode): boolean {
  return !isHostKeyRefusal(code) && !['busy', 'turned-away', 'sign-in-unfinished', 'dns-failed'].includes(code);
}

export function isHostKeyRefusal(code: SessionErrorCode): boolean {
  return code.startsWith('host-');
}

/** Reads what ssh2, net or the resolver threw. */
export function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  const detail = error instanceof Error ? error.message || codes.join(' ') : String(error);
  // The number of a reason (RFC 4253 section 11.1): the server has said goodbye.
  if (isGoodbye(error)) return new SessionError('closed', detail);
  if (/no matching (key exchange|host key|.->. (cipher|MAC))/.test(detail)) {
    return new SessionError('no-common-algorithm', detail);
  }
  if (codes.includes('unresolvable')) return new SessionError('unresolvable', detail);
  if (codes.includes('dns-failed')) return new SessionError('dns-failed', detail);
  if (codes.includes('ECONNREFUSED')) return new SessionError('refused', detail);
  if (codes.includes('ETIMEDOUT')) return new SessionError('timeout', detail);
  if (codes.includes('ECONNRESET') || codes.includes('EPIPE')) return new SessionError('closed', detail);
  if (codes.some((code) => /^E[A-Z]+$/.test(code))) return new SessionError('unreachable', detail);
  return new SessionError(/lost|closed|ended|No response|Not connected/i.test(detail) ? 'closed' : 'protocol', detail);
}

/** Whether ssh2 made this error of a server's message that ends the connection. */
export function isGoodbye(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
