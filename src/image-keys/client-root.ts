import { lstat, mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../shared/errors.js';
import { writeAtomically } from '../shared/files/atomic-file.js';

/** A directory that is not a client root, or that would redirect our writes. */
export class ClientRootError extends Error {
  override readonly name = 'ClientRootError';
  readonly code = 'unusable-root';
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path} ${problem}`);
  }
}

/** The current known_hosts file of one client root. */
export interface RootKnownHosts {
  readonly path: string;
  /** Each byte as one character; empty for a missing file. */
  readonly text: string;
  /** Replaces the whole file, and creates `etc/ssh` where it is missing. @throws {ClientRootError} or the file system's error */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Reads `etc/ssh/ssh_known_hosts` of a root. Symbolic links inside the root are not followed: an absolute one would lead to
 * this machine's files instead of the client's.
 * @throws {ClientRootError} or the file system's error
 */
export async function readRootKnownHosts(root: string): Promise<RootKnownHosts> {
  const top = await realpath(root).catch(() => {
    throw new ClientRootError(root, 'does not exist');
  });
  if (!(await stat(top)).isDirectory()) throw new ClientRootError(root, 'is not a directory');
  const folders = [join(top, 'etc'), join(top, 'etc', 'ssh')];
  for (const folder of folders) await mustBe('directory', folder);
  const path = join(top, 'etc', 'ssh', 'ssh_known_hosts');
  const existing = await mustBe('file', path);
  return {
    path,
    text: existing ? await readFile(path, 'latin1') : '',
    write: async (text) => {
      for (const folder of folders) await mkdir(folder, { mode: 0o755 }).catch(unlessThere);
      // Public keys, which every user's ssh reads.
      const mode = existing ? existing.mode & 0o777 : 0o644;
      writeAtomically(path, Buffer.from(text, 'latin1'), { mode, owner: existing, isFlushed: true });
    },
  };
}

async function mustBe(
  kind: 'directory' | 'file',
  path: string,
): Promise<{ mode: number; uid: number; gid: number } | undefined> {
  const found = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found?.isSymbolicLink()) throw new ClientRootError(path, 'is a symbolic link, which is not followed in a root');
  const fits = kind === 'file' ? found?.isFile() : found?.isDirectory();
  if (found && !fits) throw new ClientRootError(path, kind === 'file' ? 'is not a regular file' : 'is not a directory');
  return found;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** The client roots in some directories: like in the classic tools, each directory with a `bin/true`; sorted. */
export async function findClientRoots(bases: readonly string[]): Promise<string[]> {
  const candidates = await Promise.all(
    bases.map(async (base) => (await readdir(base).catch(() => [])).map((name) => join(base, name))),
  );
  const found = await Promise.all(
    candidates.flat().map((root) =>
      lstat(join(root, 'bin', 'true')).then(
        () => [root],
        () => [],
      ),
    ),
  );
  return found.flat().sort();
}
