import { t } from '../../../shared/i18n.js';
import type { Log } from '../../../shared/log/log.js';
import type { Connection } from '../../ssh/connection.js';
import { tellUser } from './remote-drive.js';

/** What is told of the drives of a session: in the log, and on the desktop what the user should know. */
export class DriveEvents {
  readonly #log: Log;
  readonly #connection: Connection;
  #problem: string | undefined;

  constructor(log: Log, connection: Connection) {
    this.#log = log;
    this.#connection = connection;
  }

  opened(drive: string, ms: number): void {
    this.#log.info('drive-opened', { drive, server: this.#server, ms: Math.round(ms) });
  }

  closed(drive: string, reason: 'ejected' | 'pulled' | 'session-end' | 'failed'): void {
    this.#log.info('drive-closed', { drive, server: this.#server, reason });
    if (reason === 'ejected') this.#tell(drive, t('You can take out the drive now.'));
  }

  /** The medium was pulled out, or broke, before everything was written. */
  unfinished(drive: string): void {
    this.#log.warn('drive-unfinished', { drive, server: this.#server });
    this.#tell(drive, t('The drive was taken out before everything was saved on it. Files may be damaged.'));
  }

  failed(drive: string, problem: string): void {
    this.#log.warn('drive-failed', { drive, server: this.#server, problem });
    this.#tell(drive, t('The drive cannot be used in this session. Please tell your administrator.'));
  }

  /** Which drives there are is not known. Logged once for each reason. */
  unavailable(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log.warn('device-failed', { device: 'drives', server: this.#server, problem });
  }

  get #server(): string {
    return this.#connection.server.name;
  }

  #tell(drive: string, text: string): void {
    void tellUser(this.#connection, drive, text);
  }
}
