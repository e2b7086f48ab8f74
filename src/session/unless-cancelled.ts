import { unlessAborted } from '../shared/abort.js';
import { SessionError } from './session-error.js';

/** The promise, or `cancelled` as soon as the user cancels. */
export function unlessCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return unlessAborted(promise, signal, () => new SessionError('cancelled', 'no longer wanted'));
}
