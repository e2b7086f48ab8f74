/**
 * No exception may leave a callback that is called by GTK, or by Node's event loop under GTK. Depending on the place it
 * would end the main loop, abort the process without a message, or get lost.
 */

let fatal = (error: unknown): void => {
  console.error(error);
  process.exit(70);
};

/** Sets the handler for exceptions of callbacks. It should end the process. */
export function onFatal(handler: (error: unknown) => void): void {
  fatal = handler;
}

/** @returns a callback that never throws; after an exception its result is `fallback` */
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
