import { type BigIntStats, constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { MediumSync } from '../medium-sync.js';
import type { MediumTree, Place } from './medium-tree.js';
import { closeHandle, type OpenFolder, OpenHandles } from './open-handles.js';
import { openFlag, SftpError, status } from './protocol.js';
import type { FileAttributes, NamedFile, Space } from './replies.js';
import type { WantedAttributes } from './requests.js';

/** So much of a file is read at a time. The other side asks again for the rest. */
const maxReadBytes = 64 * 1024;
const namesAtATime = 64;
/** As much may be on its way to the medium, so that its last part is written soon after a program has closed a file. */
const maxUnsyncedBytes = 8 * 1024 * 1024;
const permissionBits = 0o777;

/** What the other side may do with the files of one medium. Every method throws an {SftpError}, or an error of the system. */
export class MediumFiles {
  readonly #tree: MediumTree;
  readonly #sync: MediumSync;
  readonly #handles = new OpenHandles();

  constructor(tree: MediumTree, sync: MediumSync) {
    this.#tree = tree;
    this.#sync = sync;
  }

  /** Whether something was written that may be incomplete on the medium. */
  get isUnfinished(): boolean {
    return !this.#sync.isDone || this.#handles.hasChangedFile;
  }

  closeAll(): Promise<void> {
    return this.#handles.closeAll();
  }

  async open(path: Buffer, flags: number, { permissions = 0o666 }: WantedAttributes): Promise<number> {
    this.#handles.checkRoom();
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const access = has(openFlag.write)
      ? has(openFlag.read)
        ? constants.O_RDWR
        : constants.O_WRONLY
      : constants.O_RDONLY;
    const truncate = has(openFlag.write) && has(openFlag.truncate) ? constants.O_TRUNC : 0;
    // Opened by what was looked at, so it is the same file, and a device or a named pipe is never opened.
    const openThere = (): Promise<fs.FileHandle> =>
      this.#tree.resolve(path, (own, stats) => {
        if (has(openFlag.create) && has(openFlag.exclusive)) throw new SftpError(status.failure, 'it exists');
        if (!stats.isFile()) throw new SftpError(status.failure, 'not a file');
        return fs.open(own, access | truncate);
      });
    const create = async ({ path }: Place): Promise<fs.FileHandle> => {
      const flags = access | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const file = await fs.open(path, flags, permissions & permissionBits);
      // The umask of this process is not the user's. FAT keeps no permissions.
      await file.chmod(permissions & permissionBits).catch(() => {});
      return file;
    };
    const isNew = async (error: unknown): Promise<fs.FileHandle> => {
      if (!has(openFlag.create) || !has(openFlag.write) || codeOf(error) !== 'ENOENT') throw error;
      return this.#tree.at(path, create);
    };
    const file = await openThere().catch(isNew);
    const isChanged = has(openFlag.create) || truncate !== 0;
    if (isChanged) this.#sync.changed();
    return this.#handles.add({ kind: 'file', file, isChanged });
  }

  /** @returns what to wait for before it is told of; the file itself is closed */
  async close(number: number): Promise<() => Promise<void>> {
    const handle = this.#handles.remove(number);
    await closeHandle(handle);
    return handle.kind === 'file' && handle.isChanged ? () => this.#sync.done(false) : async () => {};
  }

  /** @returns as {@link close} */
  fsync(number: number): () => Promise<void> {
    this.#handles.file(number);
    return () => this.#sync.done(true);
  }

  async read(number: number, offset: number, length: number): Promise<Buffer> {
    const { file } = this.#handles.file(number);
    const buffer = Buffer.allocUnsafe(Math.min(length, maxReadBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0 && length > 0) throw new SftpError(status.eof, 'the end of the file');
    return buffer.subarray(0, bytesRead);
  }

  async write(number: number, offset: number, data: Buffer): Promise<void> {
    const open = this.#handles.file(number);
    open.isChanged = true;
    this.#sync.changed(data.length);
    for (let at = 0; at < data.length; ) {
      at += (await open.file.write(data, at, data.length - at, offset + at)).bytesWritten;
    }
    if (this.#sync.bytes > maxUnsyncedBytes) await this.#sync.done(true);
  }

  lstat(path: Buffer): Promise<FileAttributes> {
    return this.#tree.find(path, async (_, stats) => attributesOf(stats));
  }

  stat(path: Buffer): Promise<FileAttributes> {
    return this.#tree.resolve(path, async (_, stats) => attributesOf(stats));
  }

  async fstat(number: number): Promise<FileAttributes> {
    return attributesOf(await this.#handles.file(number).file.stat());
  }

  async setstat(path: Buffer, wanted: WantedAttributes): Promise<void> {
    await this.#tree.resolve(path, (own, stats) => this.#change(own, stats, wanted));
  }

  async fsetstat(number: number, wanted: WantedAttributes): Promise<void> {
    const open = this.#handles.file(number);
    open.isChanged = true;
    await this.#change(`/proc/self/fd/${open.file.fd}`, await open.file.stat(), wanted);
  }

  async opendir(path: Buffer): Promise<number> {
    this.#handles.checkRoom();
    return this.#tree.resolve(path, async (own, stats) => {
      if (!stats.isDirectory()) throw new SftpError(status.failure, 'not a folder');
      const handle = await fs.open(own, constants.O_RDONLY | constants.O_DIRECTORY);
      const ownPath = `/proc/self/fd/${handle.fd}`;
      try {
        const folder = await fs.opendir(ownPath, { encoding: 'buffer' as BufferEncoding });
        return this.#handles.add({ kind: 'folder', own: ownPath, handle, folder });
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** @throws {SftpError} `eof` after the last */
  async readdir(number: number): Promise<NamedFile[]> {
    const open = this.#handles.folder(number);
    for (;;) {
      const names = await nextNames(open);
      if (names.length === 0) throw new SftpError(status.eof, 'the end of the folder');
      const found: NamedFile[] = [];
      for (const name of names) {
        // A file that has gone meanwhile is left out.
        const stats = await fs.lstat(Buffer.concat([Buffer.from(`${open.own}/`), name])).catch(() => undefined);
        if (stats !== undefined && this.#tree.isServed(stats)) found.push({ name, attributes: attributesOf(stats) });
      }
      if (found.length > 0) return found;
    }
  }

  async mkdir(path: Buffer, { permissions = permissionBits }: WantedAttributes): Promise<void> {
    await this.#tree.at(path, ({ path }) => fs.mkdir(path, permissions & permissionBits));
    this.#sync.changed();
    await this.setstat(path, { permissions }).catch(() => {});
  }

  async remove(path: Buffer): Promise<void> {
    await this.#tree.at(path, ({ path }) => fs.unlink(path));
    this.#sync.changed();
  }

  async rmdir(path: Buffer): Promise<void> {
    await this.#tree.at(path, ({ path }) => fs.rmdir(path));
    this.#sync.changed();
  }

  async rename(path: Buffer, to: Buffer, replaces: boolean): Promise<void> {
    await this.#tree.at(path, (from) =>
      this.#tree.at(to, async (target) => {
        if (!replaces && (await fs.lstat(target.path).catch(() => undefined)) !== undefined) {
          throw new SftpError(status.failure, 'it exists');
        }
        await fs.rename(from.path, target.path);
      }),
    );
    this.#sync.changed();
  }

  /** The text of a link, which means what it means on the other side. */
  readlink(path: Buffer): Promise<Buffer> {
    return this.#tree.at(path, ({ path }) => fs.readlink(path, { encoding: 'buffer' }));
  }

  async space(): Promise<Space> {
    const { bsize, blocks, bfree, bavail, files, ffree } = await fs.statfs(this.#tree.root);
    return { blockSize: bsize, blocks, free: bfree, available: bavail, files, filesFree: ffree };
  }

  /** @param own leads to this very file */
  async #change(own: string, stats: Stats, { size, owner, permissions, times }: WantedAttributes): Promise<void> {
    if (owner !== undefined) throw new SftpError(status.permissionDenied, 'owners do not change');
    if (size !== undefined) {
      if (!stats.isFile()) throw new SftpError(status.failure, 'not a file');
      await fs.truncate(own, size);
    }
    if (permissions !== undefined) await fs.chmod(own, permissions & permissionBits);
    if (times !== undefined) await fs.utimes(own, times.accessed, times.modified);
    this.#sync.changed();
  }
}

async function nextNames({ folder }: OpenFolder): Promise<Buffer[]> {
  const names: Buffer[] = [];
  while (names.length < namesAtATime) {
    const entry = await folder.read();
    if (entry === null) break;
    // Asked for as bytes, because a name need not be UTF-8; Node's types do not know of it.
    names.push(Buffer.from(entry.name));
  }
  return names;
}

/** Without the bits that lend the rights of an owner. */
function attributesOf({ size, mode, atimeMs, mtimeMs }: Exclude<Stats, BigIntStats>): FileAttributes {
  const type = mode & constants.S_IFMT;
  return { size, mode: type | (mode & permissionBits), accessed: atimeMs / 1_000, modified: mtimeMs / 1_000 };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
