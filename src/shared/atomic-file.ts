import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface FileOwner {
  readonly mode: number;
  /** Left to the process where undefined. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Puts a whole file in place of another, so that a reader, a crash or a full disk sees the old or the new one and
 * never a part. Bytes 0-255 of `text` are written as they are.
 * @throws the file system's error; no temporary file is left then
 */
export async function writeAtomically(path: string, text: string, { mode, owner }: FileOwner): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text, 'latin1');
      // Only root can give a file away; anybody else's new file is their own.
      if (owner && process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}
