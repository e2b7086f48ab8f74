import { errorStack } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import { CommandError, exitCode } from './exit-codes.js';

/** ms for an orderly end. The hooks of a session's end have time limits of their own. */
const endWithinMs = 60_000;

/** Guards a command that holds a session. */
export interface LastResort {
  /** @throws {CommandError} code `internal` when an error has ended the session */
  check(): void;
}

/** The process, or a stand-in for it in tests. */
export interface GuardedProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Handles the errors that nobody caught, in the process that holds a session. Node would end the process at once: the
 * hooks of the session's end would not run, and the user would find the login screen without an explanation. So the
 * first such error ends the session in order; all of them are logged.
 * @param end starts the end of everything that is under way
 */
export function endInOrderOnError(log: Log, end: () => void, guarded: GuardedProcess = process): LastResort {
  let first: { readonly cause: unknown } | undefined;
  const onError = (cause: unknown): void => {
    log.error('internal-error', { error: errorStack(cause) });
    if (first !== undefined) return;
    first = { cause };
    setTimeout(() => guarded.exit(exitCode.internal), endWithinMs).unref();
    end();
  };
  guarded.on('uncaughtException', onError);
  guarded.on('unhandledRejection', onError);
  return {
    check() {
      if (first) throw new CommandError(exitCode.internal, 'an internal error ended the session; see the log', first);
    },
  };
}
