import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';

/** Small reads of files that may be missing. All are synchronous, for files in /proc or on the local disk. */

/** Files in /proc grow with the machine, and the kernel returns them a page at a time. */
const chunkBytes = 256 * 1024;
const chunk = Buffer.allocUnsafe(chunkBytes);

/**
 * The text of a file, or undefined where it cannot be read.
 * @param maxBytes the rest is cut off
 */
export function readText(path: string, maxBytes = 64 * 1024 * 1024): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return undefined;
    const parts: Buffer[] = [];
    let total = 0;
    while (total < maxBytes) {
      const count = readSync(descriptor, chunk, 0, Math.min(chunkBytes, maxBytes - total), null);
      if (count === 0) break;
      parts.push(Buffer.from(chunk.subarray(0, count)));
      total += count;
    }
    return Buffer.concat(parts).toString('utf8');
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The names in a directory; empty where it cannot be read. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Time of the last change, ms since 1970; undefined where the file is missing. */
export function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** The id of the user that owns a file; undefined where the file is missing. */
export function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
