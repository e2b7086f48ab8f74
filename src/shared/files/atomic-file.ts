import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface AtomicWrite {
  readonly mode: number;
  /** Without it the file belongs to the user of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Waits until the disk has the file, for what must survive a power cut right after. */
  readonly isFlushed?: boolean;
}

/**
 * Writes a file under a temporary name beside the old one and renames it. A reader, a crash or a full disk sees the old
 * file or the new one, never a part. A link in its place is replaced, not followed.
 * @throws the file system's error; no temporary file is left then
 */
export function writeAtomically(path: string, content: string | Buffer, { mode, owner, isFlushed }: AtomicWrite): void {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, content);
      // Only root can give a file away.
      if (owner && process.getuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
      fchmodSync(file, mode);
      if (isFlushed) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (isFlushed) flushDirectory(directory);
}

function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
