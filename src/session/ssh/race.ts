import { setMaxListeners } from 'node:events';
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
  /** The others that have not failed, in their order: the next candidates should this one fail later. */
  readonly rest: readonly C[];
}

export interface RaceOptions<C> {
  /** The candidates that are awaited now, in their order: at each start and after each failure, while there are any. */
  readonly onWaiting: (awaited: readonly C[]) => void;
  readonly onFailure: (candidate: C, error: SessionError) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens connections to candidates in their order, the next one when the last has failed or shown no verified host
 * key after {@link staggerMs}. The first that has is taken, the others are closed: so a dead server costs a quarter
 * of a second, not its timeout.
 * @returns undefined when every candidate failed
 * @throws {SessionError} `cancelled` when the signal says so
 */
export function race<C, V extends Closable>(
  candidates: readonly C[],
  open: (candidate: C, signal: AbortSignal) => Promise<V>,
  options: RaceOptions<C>,
): Promise<Won<C, V> | undefined> {
  return new Promise((resolve, reject) => {
    const abort = new AbortController();
    // Each candidate listens, and Node warns of more than ten listeners as of a leak.
    setMaxListeners(0, abort.signal);
    const failed = new Set<C>();
    let next = 0;
    let over = false;
    let timer: NodeJS.Timeout | undefined;

    const finish = (settle: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onCancel);
      settle();
      abort.abort();
    };
    const onCancel = (): void => finish(() => reject(new SessionError('cancelled', 'while connecting')));

    const tellWaiting = (): void => options.onWaiting(candidates.slice(0, next).filter((one) => !failed.has(one)));

    const startNext = (): void => {
      clearTimeout(timer);
      const candidate = candidates[next];
      if (candidate === undefined) return;
      next += 1;
      timer = setTimeout(startNext, staggerMs);
      tellWaiting();
      open(candidate, abort.signal).then(
        (connection) => {
          if (over) {
            connection.close();
            return;
          }
          const rest = candidates.filter((one) => one !== candidate && !failed.has(one));
          finish(() => resolve({ candidate, connection, rest }));
        },
        (error: unknown) => {
          if (over) return;
          failed.add(candidate);
          options.onFailure(candidate, toSessionError(error));
          if (failed.size === candidates.length) finish(() => resolve(undefined));
          else if (next === candidates.length) tellWaiting();
          else startNext();
        },
      );
    };

    options.signal.addEventListener('abort', onCancel);
    if (options.signal.aborted) onCancel();
    else if (candidates.length === 0) finish(() => resolve(undefined));
    else startNext();
  });
}
