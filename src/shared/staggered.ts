import { setMaxListeners } from 'node:events';

/**
 * Starts one try after the other: the next one when the one before has failed or taken too long. Takes the first that
 * succeeds and ends the others by their signal. So a silent try costs its delay and not its timeout.
 * @param tries each has to heed its signal and to end in bounded time
 * @param delayMs from one start to the next, unless a try fails earlier
 * @param outer ends all tries
 * @param discard takes the value of a try that succeeds too late
 * @throws {AggregateError} with the error of each try, when all that have started have failed
 */
export function firstToSucceed<T>(
  tries: readonly ((signal: AbortSignal) => Promise<T>)[],
  delayMs: number,
  outer: AbortSignal,
  discard: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const { signal } = end;
    // Each try listens, and Node warns of more than ten listeners as of a leak.
    setMaxListeners(0, signal);
    const onAbort = (): void => end.abort(outer.reason);
    outer.addEventListener('abort', onAbort);
    if (outer.aborted) onAbort();
    const errors: unknown[] = [];
    let [open, next, isOver] = [0, 0, false];
    let timer: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      outer.removeEventListener('abort', onAbort);
      isOver = true;
      end.abort();
      settle();
    };
    const start = (): void => {
      clearTimeout(timer);
      const attempt = signal.aborted ? undefined : tries[next];
      if (attempt !== undefined) {
        next++;
        open++;
        timer = setTimeout(start, delayMs);
        attempt(signal).then(
          (value) => {
            if (isOver) discard(value);
            else finish(() => resolve(value));
          },
          (error: unknown) => {
            if (isOver) return;
            open--;
            errors.push(error);
            start();
          },
        );
      } else if (open === 0) finish(() => reject(new AggregateError(errors)));
    };
    start();
  });
}
