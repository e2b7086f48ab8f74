import { connectFailure, isReset } from '../shared/connect-failure.js';
import { errorCodes } from '../shared/errors.js';
import type { SessionErrorCode } from './failures.js';

export interface SessionErrorOptions extends ErrorOptions {
  /** The server's message for the user, untrusted; undefined where it said nothing. */
  readonly serverMessage?: string | undefined;
}

/** Why a login on one server failed. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;
  /** For the administrator's log. It may quote the server, so it is never shown as it is. */
  readonly detail: string;
  readonly serverMessage: string | undefined;

  constructor(code: SessionErrorCode, detail: string, { serverMessage, ...options }: SessionErrorOptions = {}) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.serverMessage = serverMessage;
  }
}

/** Classifies what ssh2, net or the resolver threw. */
export function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const codes = errorCodes(error);
  const detail = error instanceof Error ? error.message || codes.join(' ') : String(error);
  return new SessionError(classify(error, codes, detail), detail, { cause: error });
}

function classify(error: unknown, codes: readonly string[], detail: string): SessionErrorCode {
  if (isDisconnect(error)) return 'closed';
  if (/no matching (key exchange|host key|.->. (cipher|MAC))/.test(detail)) return 'no-common-algorithm';
  const failure = connectFailure(error);
  if (failure !== undefined) return failure;
  if (codes.some(isReset)) return 'closed';
  return /lost|closed|ended|No response|Not connected/i.test(detail) ? 'closed' : 'protocol';
}

/**
 * Whether ssh2 made this error of the server's SSH_MSG_DISCONNECT: its code is the number of a reason (RFC 4253
 * section 11.1).
 */
export function isDisconnect(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
