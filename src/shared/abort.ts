/** Bounds for promises: by a signal, by a time, or by both. */

/**
 * The promise, or a rejection as soon as the signal aborts.
 * @param reason makes the error
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reason());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves after so many ms, or as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve(undefined);
    };
    // If this process was busy, an answer may be waiting; setImmediate has it read first.
    const timer = setTimeout(() => setImmediate(finish), ms);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}

/** The promise, or after so many ms what `late` gives or throws. */
export function orAfter<T, L>(promise: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Does some work with a signal that aborts after so many ms, together with `outer`, and when the work is over, so that
 * nothing of it goes on. Node's own `AbortSignal.any([outer, AbortSignal.timeout(ms)])` keeps its timer to the end.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const onAbort = (): void => end.abort(outer?.reason);
  const timer = setTimeout(() => end.abort(new DOMException('The time is over', 'TimeoutError')), ms);
  outer?.addEventListener('abort', onAbort);
  if (outer?.aborted) onAbort();
  try {
    return await work(end.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
    end.abort();
  }
}
