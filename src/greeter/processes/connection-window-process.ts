import type { ChildProcess } from 'node:child_process';
import { isEndSession, type Silence } from '../../protocol/connection-messages.js';
import type { SilenceListener } from '../../session/ssh/server-watch.js';
import type { Log } from '../../shared/log/log.js';
import { cleanLine } from '../../shared/plain-text.js';

export interface ConnectionWindowDependencies {
  /** Starts a process of the window. */
  readonly start: (silence: Silence) => ChildProcess;
  readonly giveUpAfterMs: number;
  readonly log: Log;
}

/** A window that died this often during one silence is not started again. */
const maxStarts = 3;

/**
 * Tells the user of a frozen desktop that the server does not answer. The window has its own process, so that the
 * session goes on if it fails.
 */
export class ConnectionWindowProcess implements SilenceListener {
  readonly #dependencies: ConnectionWindowDependencies;
  readonly #server: string;
  readonly #endSession: () => void;
  #process: ChildProcess | undefined;
  /** When the server was last heard; undefined while it answers. */
  #silentSince: number | undefined;
  #starts = 0;

  /** @param endSession called when the user does not want to wait any longer */
  constructor(dependencies: ConnectionWindowDependencies, server: string, endSession: () => void) {
    this.#dependencies = dependencies;
    this.#server = server;
    this.#endSession = endSession;
  }

  silent(ms: number): void {
    this.#dependencies.log.warn('server-silent', { server: this.#server, ms: Math.round(ms) });
    this.#silentSince = performance.now() - ms;
    this.#starts = 0;
    this.#start();
  }

  answers(): void {
    if (this.#silentSince === undefined) return;
    const ms = Math.round(performance.now() - this.#silentSince);
    this.#dependencies.log.info('server-responding', { server: this.#server, ms });
    this.close();
  }

  /** Closes the window. */
  close(): void {
    this.#silentSince = undefined;
    // It holds no state, and may be waiting for an X server that a frozen client has grabbed.
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  #start(): void {
    if (this.#silentSince === undefined || this.#starts >= maxStarts) return;
    this.#starts += 1;
    const child = this.#dependencies.start({
      server: cleanLine(this.#server),
      silentMs: performance.now() - this.#silentSince,
      giveUpAfterMs: this.#dependencies.giveUpAfterMs,
    });
    this.#process = child;
    child.on('message', (message) => {
      if (child === this.#process && isEndSession(message)) this.#endSession();
    });
    const ended = (why: string): void => {
      if (child !== this.#process) return;
      this.#process = undefined;
      this.#dependencies.log.error('connection-window-died', { why });
      this.#start();
    };
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code, signal) => ended(signal ? `ended by ${signal}` : `exit code ${code}`));
  }
}
