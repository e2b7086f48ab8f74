import type { DemotionMemory } from '../servers/balancing/demotion-file.js';
import type { ServerStatus } from '../servers/server-status.js';
import type { SshMemory } from '../servers/ssh-memory.js';
import { meaningOf } from '../session/failures.js';
import type { SessionError } from '../session/session-error.js';
import type { Log } from '../shared/log/log.js';
import type { Failure, LoginObserver } from './outcome.js';

export interface FailedServersDependencies {
  readonly demotions: Pick<DemotionMemory, 'failed'>;
  readonly sshMemory: Pick<SshMemory, 'forget'>;
  /** Whether this client has a network at this moment. */
  readonly hasNetwork: () => boolean;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** The servers on which a login has failed, and what follows from each failure. */
export class FailedServers {
  readonly #dependencies: FailedServersDependencies;
  readonly #observer: Pick<LoginObserver, 'tell'>;
  readonly #began: number;
  readonly #failures: Failure[] = [];
  /** Failures that are no server's fault, because this client has no network. */
  readonly #offline = new Set<Failure>();
  #hasSignInFailed = false;

  constructor(dependencies: FailedServersDependencies, observer: Pick<LoginObserver, 'tell'>) {
    this.#dependencies = dependencies;
    this.#observer = observer;
    this.#began = dependencies.now();
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /**
   * The servers that could not be reached at all; none once a server has failed with the user's credentials, which no
   * other server gets without a question.
   */
  get unreached(): readonly string[] {
    return this.#hasSignInFailed
      ? []
      : this.#failures.filter(({ code }) => meaningOf(code).stage === 'reach').map(({ server }) => server);
  }

  /** Whether every failure is due to this client's own network. */
  get isOffline(): boolean {
    return this.#failures.length > 0 && this.#failures.every((failure) => this.#offline.has(failure));
  }

  add(
    { server }: ServerStatus,
    { code, detail, serverMessage }: SessionError,
    phase: 'connecting' | 'signing-in',
  ): Failure {
    const { demotions, sshMemory, hasNetwork, now, log } = this.#dependencies;
    const failure = { server: server.name, code, detail, serverMessage };
    this.#failures.push(failure);
    if (phase === 'signing-in') this.#hasSignInFailed = true;
    log.warn('server-failed', { ...failure, ms: Math.round(now() - this.#began) });
    const { stage, isDemoting, mayBeOwnNetwork } = meaningOf(code);
    if (mayBeOwnNetwork && !hasNetwork()) {
      this.#offline.add(failure);
      return failure;
    }
    if (stage === 'reach') sshMemory.forget(server);
    if (isDemoting) demotions.failed(server);
    this.#observer.tell({ kind: 'failed', failure, phase });
    return failure;
  }
}
