import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A file that is there but is not one of ours. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
  readonly code = 'not-ours';
}

/**
 * The start of a file in a folder that may belong to another user, as the login screen's state folder does when root
 * runs `ldm`: no link is followed, nothing but a regular file of ours or of root's is read, and nothing is waited for.
 * @param maxBytes what is beyond is not read
 * @throws the file system's error, or {@link StateFileError}
 */
export function readStateFile(file: string, maxBytes: number): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw new StateFileError(`${file} is no regular file`);
    if (stats.uid !== 0 && stats.uid !== process.getuid?.()) throw new StateFileError(`${file} is another user's`);
    const buffer = Buffer.alloc(Math.min(maxBytes, stats.size));
    return buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(handle);
  }
}

/**
 * Writes a file and the folders above it. It is written beside and renamed: a power cut leaves the old file or the new
 * one, and a link in its place is replaced, not followed.
 * @throws the file system's error; no unfinished file is left then
 */
export function writeStateFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const unfinished = `${file}.${randomUUID()}`;
  try {
    writeFileSync(unfinished, text, { flag: 'wx', mode: 0o600 });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
