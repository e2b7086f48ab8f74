import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeAtomically } from './atomic-file.js';

/** The file exists, but this client did not write it. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
  readonly code = 'not-ours';
}

/**
 * The beginning of a file in a directory that may belong to another user, such as the state directory of the login screen
 * when root runs `ldm`. Follows no link, reads only a regular file of root or of this user, and never waits.
 * @param maxBytes the rest is not read
 * @throws the file system's error, or {@link StateFileError}
 */
export function readStateFile(file: string, maxBytes: number): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw new StateFileError(`${file} is not a regular file`);
    if (stats.uid !== 0 && stats.uid !== process.getuid?.())
      throw new StateFileError(`${file} belongs to another user`);
    const buffer = Buffer.alloc(Math.min(maxBytes, stats.size));
    return buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(handle);
  }
}

/**
 * Replaces a file as a whole, and creates the directories above it.
 * @throws the file system's error
 */
export function writeStateFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeAtomically(file, text, { mode: 0o600 });
}
