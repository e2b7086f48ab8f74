import { orAfter } from '../../../shared/abort.js';
import type { Log } from '../../../shared/log/log.js';
import type { Connection } from '../../ssh/connection.js';
import { DriveEvents } from './drive-events.js';
import { driveName } from './drive-name.js';
import type { LocalMedia, Medium } from './local-media.js';
import { ServedDrive } from './served-drive.js';

/** So many media are served at a time. sshd allows ten programs per connection (`MaxSessions`). */
const maxDrives = 4;
/** Maximum time, in ms, that the end of a session waits for what is written to slow media. */
const maxEndMs = 60_000;

/**
 * The drives of this client in one session. Each medium that is there, or is put in, becomes a folder of the user on the
 * server until it is pulled out or ejected, or the session ends. None is mounted before the session or after it.
 */
export class SessionDrives {
  readonly #media: LocalMedia;
  readonly #events: DriveEvents;
  readonly #connection: Connection;
  readonly #served = new Map<string, ServedDrive>();
  /** Media that are there and are not served any more, since the user has ejected them or they failed, or that others use. */
  readonly #released = new Set<string>();
  #watch: { stop(): void } | undefined;

  constructor(media: LocalMedia, connection: Connection, log: Log) {
    this.#media = media;
    this.#connection = connection;
    this.#events = new DriveEvents(log, connection);
  }

  /** To be called when the session has started. */
  start(): void {
    this.#watch = this.#media.watch(
      (media) => this.#compare(media),
      (problem) => this.#events.unavailable(problem),
    );
  }

  /** Resolves when no medium is mounted any more. Never throws. */
  async close(): Promise<void> {
    this.#watch?.stop();
    const all = [...this.#served.values()].map((drive) => drive.close('session-end'));
    await orAfter(Promise.all(all), maxEndMs, () => undefined);
  }

  #compare(media: readonly Medium[]): void {
    const present = new Set(media.map(({ id }) => id));
    for (const id of this.#released) if (!present.has(id)) this.#released.delete(id);
    for (const [id, drive] of this.#served) if (!present.has(id)) void drive.close('pulled');
    for (const medium of media) {
      if (this.#served.size >= maxDrives) return;
      if (this.#served.has(medium.id) || this.#released.has(medium.id)) continue;
      // It belongs to the session of another screen, or to this client itself.
      if (medium.isMounted) this.#released.add(medium.id);
      else this.#serve(medium);
    }
  }

  #serve(medium: Medium): void {
    const name = driveName(medium.label, new Set([...this.#served.values()].map((drive) => drive.name)));
    const drive = new ServedDrive(medium, name, this.#media, this.#connection, this.#events);
    this.#served.set(medium.id, drive);
    void drive.ended.then(() => {
      this.#served.delete(medium.id);
      // It comes back when it has been away; the next look forgets it where it is away already.
      this.#released.add(medium.id);
    });
  }
}
