import type { ServerInfo } from '../../protocol/info-service.js';
import { errorMessage } from '../../shared/errors.js';
import { etcdEntryText } from './etcd-entry.js';
import { Registration, type RegistrationDependencies } from './registration.js';

export interface RegistrarDependencies extends RegistrationDependencies {
  /** The answer of this moment. */
  info(): Promise<ServerInfo>;
}

/** How often the answer is compared with what was written. It is not written more often. */
export const checkEveryMs = 1_000;
const maxPauseMs = 8_000;

/**
 * Keeps this server's answer in etcd, as long as the process lives. While etcd is unavailable it tries again, at growing
 * intervals, and the rest of ldminfod is not affected.
 */
export class Registrar {
  readonly #key: string;
  readonly #dependencies: RegistrarDependencies;
  readonly #registration: Registration;
  /** In a row. */
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param key the whole key: prefix and name */
  constructor(endpoints: readonly string[], key: string, dependencies: RegistrarDependencies) {
    this.#key = key;
    this.#dependencies = dependencies;
    this.#registration = new Registration(endpoints, key, dependencies);
  }

  start(): void {
    void this.#run();
  }

  /** Removes the server from etcd immediately, if etcd is available. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#registration.end();
  }

  /** One line for `ldminfod status`. */
  state(): string {
    const { clashingAuthor, isWritten } = this.#registration;
    if (clashingAuthor !== undefined) return `name clash: ${this.#key} is also registered by ${clashingAuthor}`;
    if (this.#failures > 0) return 'away';
    return isWritten ? `registered as ${this.#key}` : 'not registered yet';
  }

  async #run(): Promise<void> {
    const { log, random, info, author } = this.#dependencies;
    try {
      await this.#registration.update(etcdEntryText(await info(), author, checkEveryMs));
      if (this.#failures > 0) log.info('etcd-available', { failures: this.#failures });
      this.#failures = 0;
    } catch (error) {
      const problem = errorMessage(error);
      if (this.#failures === 0) log.warn('etcd-unavailable', { problem });
      this.#failures += 1;
    }
    if (this.#isStopped) return;
    // Random, so that servers that lost etcd at the same time do not come back at the same time.
    const pause = Math.min(maxPauseMs, checkEveryMs * 2 ** this.#failures) * (0.5 + random() / 2);
    this.#timer = setTimeout(() => void this.#run(), this.#failures === 0 ? checkEveryMs : pause);
  }
}
