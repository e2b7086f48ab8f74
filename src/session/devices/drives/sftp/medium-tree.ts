import { constants, type Stats } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { namesIn } from './medium-path.js';
import { SftpError, status } from './protocol.js';

/** Names a file and gives no access to its content; not in Node's own list. The same on every processor of Debian. */
const pathOnly = 0o10000000;
const folderFlags = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = pathOnly | constants.O_NOFOLLOW;

/** A name in a folder of the medium, both for calls that do not follow a link in the last place. */
export interface Place {
  /** The folder's own path of this process, which no rename on the medium changes. */
  readonly folder: string;
  readonly path: Buffer;
}

/**
 * The files of one medium. Every path is walked name by name from an open handle of the root, so nothing that changes on
 * the medium meanwhile leads out of it: no link is followed, and no other file system is entered. Of the files, only
 * plain ones and folders are opened.
 *
 * Node has no openat(2); `/proc/self/fd/N/name` is the same for a handle N of this process.
 */
export class MediumTree {
  readonly #root: FileHandle;
  readonly #device: number;

  private constructor(root: FileHandle, device: number) {
    this.#root = root;
    this.#device = device;
  }

  /** @param path where the medium is mounted */
  static async open(path: string): Promise<MediumTree> {
    const root = await openFile(path, folderFlags);
    return new MediumTree(root, (await root.stat()).dev);
  }

  /** From here on the medium can be unmounted, as soon as no file of it is open. */
  close(): Promise<void> {
    return this.#root.close();
  }

  get root(): string {
    return pathOf(this.#root);
  }

  /** Finds the place of a file that may not exist. @throws {SftpError} for the root itself */
  async at<T>(path: Buffer, use: (place: Place) => Promise<T>): Promise<T> {
    const names = namesIn(path);
    const last = names.pop();
    if (last === undefined) throw new SftpError(status.permissionDenied, 'the root of the medium');
    const folder = await this.#walk(names);
    try {
      return await use({ folder: pathOf(folder), path: Buffer.concat([Buffer.from(`${pathOf(folder)}/`), last]) });
    } finally {
      if (folder !== this.#root) await folder.close();
    }
  }

  /** Names a plain file, a folder or a link as it is now. The handle gives no access to its content. */
  async find<T>(path: Buffer, use: (handle: FileHandle, stats: Stats) => Promise<T>): Promise<T> {
    if (namesIn(path).length === 0) return use(this.#root, await this.#root.stat());
    return this.at(path, (place) => this.#see(place.path, use));
  }

  /** As {@link find}, without links. @param use gets a path that leads to this very file */
  async resolve<T>(path: Buffer, use: (own: string, stats: Stats) => Promise<T>): Promise<T> {
    return this.find(path, (handle, stats) => {
      if (stats.isSymbolicLink()) throw new SftpError(status.permissionDenied, 'links are not followed');
      return use(pathOf(handle), stats);
    });
  }

  /** Whether it may be told of. */
  isServed(stats: Stats): boolean {
    return stats.dev === this.#device && (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink());
  }

  async #see<T>(path: Buffer, use: (handle: FileHandle, stats: Stats) => Promise<T>): Promise<T> {
    const handle = await openFile(path, fileFlags);
    try {
      const stats = await handle.stat();
      if (!this.isServed(stats))
        throw new SftpError(status.permissionDenied, 'neither a file nor a folder of the medium');
      return await use(handle, stats);
    } finally {
      await handle.close();
    }
  }

  async #walk(names: readonly Buffer[]): Promise<FileHandle> {
    let folder = this.#root;
    for (const name of names) {
      const above = folder;
      try {
        folder = await openFile(Buffer.concat([Buffer.from(`${pathOf(above)}/`), name]), folderFlags);
      } finally {
        if (above !== this.#root) await above.close();
      }
      const { dev } = await folder.stat();
      if (dev === this.#device) continue;
      await folder.close();
      throw new SftpError(status.permissionDenied, 'another file system');
    }
    return folder;
  }
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}
