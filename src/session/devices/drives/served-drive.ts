import { orAfter, unlessAborted } from '../../../shared/abort.js';
import { errorMessage } from '../../../shared/errors.js';
import type { Connection } from '../../ssh/connection.js';
import type { DriveEvents } from './drive-events.js';
import type { LocalMedia, Medium } from './local-media.js';
import { MediumSync, syncMedium } from './medium-sync.js';
import { openRemoteDrive, type RemoteDrive, type RemoteEnd, remotePreamble } from './remote-drive.js';
import { MediumFiles } from './sftp/medium-files.js';
import { MediumTree } from './sftp/medium-tree.js';
import { serveMedium } from './sftp/serve.js';

/** Why it ends: this side ends it, or neither did, which is the user's "eject" or a failure. */
export type DriveEnd = 'pulled' | 'session-end';

/** ms until the server has removed its folder; the medium does not wait longer. */
const remoteEndMs = 5_000;

/** One medium from its mount to its end. */
export class ServedDrive {
  readonly name: string;
  /** Resolves when it is unmounted on both sides. Never rejects. */
  readonly ended: Promise<void>;
  readonly #medium: Medium;
  readonly #media: LocalMedia;
  readonly #connection: Connection;
  readonly #events: DriveEvents;
  #files: MediumFiles | undefined;
  #remote: RemoteDrive | undefined;
  #reason: DriveEnd | undefined;
  #isUnfinished = false;
  /** Aborted where the server does not end it itself. */
  readonly #hurry = new AbortController();

  constructor(medium: Medium, name: string, media: LocalMedia, connection: Connection, events: DriveEvents) {
    this.name = name;
    this.#medium = medium;
    this.#media = media;
    this.#connection = connection;
    this.#events = events;
    this.ended = this.#run();
  }

  /** Ends it. Resolves as {@link ended}. */
  close(reason: DriveEnd): Promise<void> {
    if (this.#reason !== undefined) return this.ended;
    this.#reason = reason;
    if (reason === 'pulled' && this.#files?.isUnfinished) this.#unfinished();
    this.#remote?.channel.end();
    setTimeout(() => this.#hurry.abort(), remoteEndMs).unref();
    return this.ended;
  }

  /** It was pulled out, or cannot be written any more. Told once. */
  #unfinished(): void {
    if (!this.#isUnfinished) this.#events.unfinished(this.name);
    this.#isUnfinished = true;
  }

  async #run(): Promise<void> {
    const began = performance.now();
    let path: string;
    try {
      path = await this.#media.mount(this.#medium);
    } catch (error) {
      if (this.#reason === undefined) this.#events.failed(this.name, errorMessage(error));
      return;
    }
    const end = await this.#serve(path, began).catch(
      (error: unknown): RemoteEnd => ({ kind: 'failed', problem: errorMessage(error) }),
    );
    await this.#unmount();
    const reason = this.#reason ?? (end.kind === 'cut' ? 'session-end' : end.kind);
    if (reason === 'failed' && end.kind === 'failed') this.#events.failed(this.name, end.problem);
    if (reason === 'ejected') await this.#media.eject(this.#medium);
    this.#events.closed(this.name, reason);
  }

  /** Resolves when the server has ended it, or has been told to. */
  async #serve(path: string, began: number): Promise<RemoteEnd> {
    if (this.#reason !== undefined) return { kind: 'cut' };
    const tree = await MediumTree.open(path);
    const sync = new MediumSync(async () => {
      try {
        await syncMedium(path);
      } catch (error) {
        this.#unfinished();
        throw error;
      }
    });
    const files = new MediumFiles(tree, sync);
    this.#files = files;
    try {
      const opening = openRemoteDrive(this.#connection, this.name);
      const remote = await unlessAborted(opening, this.#hurry.signal, () => new Error('the server does not answer'));
      this.#remote = remote;
      if (this.#reason !== undefined) remote.channel.end();
      await serveMedium(remote.channel, files, {
        greeted: () => this.#events.opened(this.name, performance.now() - began),
        preamble: remotePreamble,
        signal: this.#hurry.signal,
      });
      return await orAfter(remote.ended, remoteEndMs, () => ({ kind: 'cut' }));
    } finally {
      sync.stop();
      await tree.close();
    }
  }

  async #unmount(): Promise<void> {
    try {
      await this.#media.unmount(this.#medium);
    } catch (error) {
      // UDisks2 has unmounted what was pulled out.
      if (this.#reason !== 'pulled') this.#events.failed(this.name, errorMessage(error));
    }
  }
}
