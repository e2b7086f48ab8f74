import type { Dir } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { SftpError, status } from './protocol.js';

export interface OpenFile {
  readonly kind: 'file';
  readonly file: FileHandle;
  /** Whether it was written. */
  isChanged: boolean;
}

export interface OpenFolder {
  readonly kind: 'folder';
  /** Its own path of this process: of the handle that `folder` is read by. */
  readonly own: string;
  readonly handle: FileHandle;
  readonly folder: Dir;
}

export type OpenHandle = OpenFile | OpenFolder;

/** So many files and folders of one medium may be open. A desktop with many windows has a few dozen. */
export const maxHandles = 256;

/** What the other side has open. Numbers are not used twice, so that a late request does not reach another file. */
export class OpenHandles {
  readonly #open = new Map<number, OpenHandle>();
  #next = 0;

  /** @throws {SftpError} where too many are open */
  checkRoom(): void {
    if (this.#open.size >= maxHandles) throw new SftpError(status.failure, 'too many open files');
  }

  add(handle: OpenHandle): number {
    const number = this.#next++ % 2 ** 32;
    this.#open.set(number, handle);
    return number;
  }

  /** @throws {SftpError} */
  file(number: number): OpenFile {
    const found = this.#open.get(number);
    if (found?.kind !== 'file') throw new SftpError(status.failure, 'no open file');
    return found;
  }

  /** @throws {SftpError} */
  folder(number: number): OpenFolder {
    const found = this.#open.get(number);
    if (found?.kind !== 'folder') throw new SftpError(status.failure, 'no open folder');
    return found;
  }

  /** @throws {SftpError} */
  remove(number: number): OpenHandle {
    const found = this.#open.get(number);
    if (found === undefined) throw new SftpError(status.failure, 'not open');
    this.#open.delete(number);
    return found;
  }

  get hasChangedFile(): boolean {
    return [...this.#open.values()].some((handle) => handle.kind === 'file' && handle.isChanged);
  }

  async closeAll(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(all.map(closeHandle));
  }
}

export async function closeHandle(handle: OpenHandle): Promise<void> {
  if (handle.kind === 'file') return handle.file.close();
  try {
    await handle.folder.close();
  } finally {
    await handle.handle.close();
  }
}
