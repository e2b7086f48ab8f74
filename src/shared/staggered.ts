/**
 * Starts one try after the other, each next one when the one before failed or has taken so long, and takes the first
 * that succeeds; the others are told by their signal. So a silent one costs its delay and not its timeout.
 * @param tries each has to heed its signal, and to end in bounded time
 * @param outer ends all tries
 * @throws {AggregateError} with what each try failed of, when all have
 */
export function firstToSucceed<T>(
  tries: readonly ((signal: AbortSignal) => Promise<T>)[],
  delayMs: number,
  outer: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const signal = AbortSignal.any([outer, end.signal]);
    const errors: unknown[] = [];
    let [open, next] = [0, 0];
    let timer: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
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
          (value) => finish(() => resolve(value)),
          (error: unknown) => {
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
