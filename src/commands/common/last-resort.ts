import type { Log } from '../../shared/log.js';
import { CommandError, exitCode } from './exit-codes.js';

/** ms in which the end in order has to be through; hooks of the end have time limits of their own. */
const endWithinMs = 60_000;

/** What a command holds while a session is in its hands. */
export interface LastResort {
  /** @throws {CommandError} code `internal` when an error has ended the session */
  check(): void;
}

/**
 * Errors that nobody caught, in the process that holds a session. Node would end the process at once: hooks of the
 * session's end would not run, and the user would find a login screen without a word. Instead the session is ended in
 * order, once.
 * @param end starts the end of everything that is under way
 */
export function endInOrderOnError(log: Log, end: () => void): LastResort {
  let failed = false;
  const onError = (error: unknown): void => {
    log.error('internal-error', { error: error instanceof Error ? error.stack : String(error) });
    if (failed) return;
    failed = true;
    setTimeout(() => process.exit(exitCode.internal), endWithinMs).unref();
    end();
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return {
    check() {
      if (failed) throw new CommandError(exitCode.internal, 'an internal error ended the session; see the log');
    },
  };
}
