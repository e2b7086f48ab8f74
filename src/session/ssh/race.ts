import { unlessAborted } from '../../shared/abort.js';
import { firstToSucceed } from '../../shared/staggered.js';
import { SessionError, toSessionError } from '../session-error.js';

/** The delay between two attempts, in ms (RFC 8305 section 5 recommends 250 for connection attempts). */
export const staggerMs = 250;

/** A connection that can be given up. */
interface Closable {
  close(): void;
}

export interface Won<C, V> {
  readonly candidate: C;
  readonly connection: V;
  /** The others that have not failed, in their order: the next candidates in case this one fails later. */
  readonly rest: readonly C[];
}

export interface RaceOptions<C> {
  /** Called with the candidates that are awaited, in their order, at each start and after each failure. */
  readonly onWaiting: (awaited: readonly C[]) => void;
  readonly onFailure: (candidate: C, error: SessionError) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens connections to candidates in their order. The next one starts when the last has failed, or has no verified host
 * key after {@link staggerMs}. The first candidate with a verified host key wins, and the others are closed. So a dead
 * server costs a quarter of a second, not its timeout.
 * @returns undefined when every candidate failed
 * @throws {SessionError} `cancelled` when the signal aborts
 */
export async function race<C, V extends Closable>(
  candidates: readonly C[],
  open: (candidate: C, signal: AbortSignal) => Promise<V>,
  { onWaiting, onFailure, signal }: RaceOptions<C>,
): Promise<Won<C, V> | undefined> {
  const started: C[] = [];
  const failed = new Set<C>();
  const tellWaiting = (): void => onWaiting(started.filter((one) => !failed.has(one)));
  const tries = candidates.map((candidate) => async (within: AbortSignal) => {
    started.push(candidate);
    tellWaiting();
    try {
      return { candidate, connection: await open(candidate, within) };
    } catch (error) {
      if (!within.aborted) {
        failed.add(candidate);
        onFailure(candidate, toSessionError(error));
        // Otherwise the next start tells it.
        if (started.length === candidates.length && failed.size < candidates.length) tellWaiting();
      }
      throw error;
    }
  });
  const close = (late: { readonly connection: V }): void => late.connection.close();
  const first = firstToSucceed(tries, staggerMs, signal, close);
  try {
    const won = await unlessAborted(first, signal, () => new SessionError('cancelled', 'while connecting'));
    return { ...won, rest: candidates.filter((one) => one !== won.candidate && !failed.has(one)) };
  } catch (error) {
    if (error instanceof AggregateError) return undefined;
    first.then(close, () => {});
    throw error;
  }
}
