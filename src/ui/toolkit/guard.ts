/**
 * No exception may leave a callback that GTK or Node's event loop under GTK calls: depending on the place it would end
 * the main loop, abort the process without its message, or vanish.
 */

let fatal = (error: unknown): void => {
  console.error(error);
  process.exit(70);
};

/** Says what becomes of an exception that a callback threw. It should end the process. */
export function onFatal(handler: (error: unknown) => void): void {
  fatal = handler;
}

/** @returns a callback that does the same and never throws; `fallback` is its result after a failure */
export function guard<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void;
export function guard<A extends unknown[], R>(callback: (...args: A) => R, fallback: R): (...args: A) => R;
export function guard<A extends unknown[], R>(
  callback: (...args: A) => R,
  fallback?: R,
): (...args: A) => R | undefined {
  return (...args) => {
    try {
      return callback(...args);
    } catch (error) {
      fatal(error);
      return fallback;
    }
  };
}
