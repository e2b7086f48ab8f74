import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode } from '../errors.js';
import { isExecutable } from '../files/executable.js';

const groupOrOthersWrite = 0o022;
const sticky = 0o1000;
/** The limit of the kernel (path_resolution(7)). */
const maxLinks = 40;

/** The result of {@link trustProgram}. */
export type ProgramTrust =
  /** `path`: the program without any link. Start only this path. */
  { readonly kind: 'trusted'; readonly path: string } | { readonly kind: 'distrusted'; readonly reason: string };

/**
 * Checks whether a configured program may be run. Anyone else who can change it, or a directory of its path, could run any
 * code with our rights. So the program and each link and directory of its path must belong to root or to our own user, and
 * nobody else may write to them.
 *
 * The check follows the path itself, link by link, so no other user can replace a part of it between the check and the
 * start.
 * @param program path, or a name that is looked up in `searchPath`
 * @param uid of this process
 * @param searchPath folders separated by colons, as in PATH
 */
export function trustProgram(program: string, uid: number, searchPath = ''): ProgramTrust {
  if (program.includes('/')) return walk(resolve(program), uid);
  const folder = searchPath.split(':').find((one) => one.startsWith('/') && isExecutable(join(one, program)));
  if (folder === undefined) return { kind: 'distrusted', reason: `${program} cannot be found in PATH` };
  return walk(join(folder, program), uid);
}

function walk(program: string, uid: number): ProgramTrust {
  const distrusted = (reason: string): ProgramTrust => ({ kind: 'distrusted', reason });
  let links = 0;
  let place = '/';
  const rest = program.split('/');
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    // `place` has no link in it, so `..` is the folder above. An empty part and `.` are the place itself.
    const path = join(place, part);
    let stats: Stats;
    try {
      stats = lstatSync(path);
    } catch (error) {
      return distrusted(`${path} cannot be found (${errorCode(error)})`);
    }
    if (stats.uid !== 0 && stats.uid !== uid) return distrusted(`${path} belongs to another user`);
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > maxLinks) return distrusted(`${program} leads through more than ${maxLinks} links`);
      const target = readlinkSync(path);
      if (target.startsWith('/')) place = '/';
      rest.unshift(...target.split('/'));
      continue;
    }
    // In a sticky directory (/tmp) others can add files, but not replace the files of root and of our user.
    const isOpen = (stats.mode & groupOrOthersWrite) !== 0 && !(stats.isDirectory() && (stats.mode & sticky) !== 0);
    if (isOpen) return distrusted(`${path} can be written to by others`);
    place = path;
  }
  return { kind: 'trusted', path: place };
}
