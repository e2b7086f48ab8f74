import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from './errors.js';
import { isExecutable } from './executable.js';

const groupOrOthersWrite = 0o022;
const sticky = 0o1000;
/** As many links as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

/** What {@link trustProgram} found. */
export type ProgramTrust =
  /** `path`: where the program is, without any link. Start this and nothing else. */
  { readonly kind: 'trusted'; readonly path: string } | { readonly kind: 'distrusted'; readonly reason: string };

/**
 * Whether a program that the administrator named may be run. Anyone else who can change it, or the way to it, could run
 * what they like with our rights. So the program, each link and each folder on the way to it belong to root or to the
 * user we run as, and nobody else can write to them.
 *
 * All of that is looked at on the way that the name itself takes, so that nobody who is distrusted can exchange a part
 * of it between this check and the start.
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
  const rest = ['', ...partsOf(program)];
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '..') {
      place = dirname(place);
      continue;
    }
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
      rest.unshift(...partsOf(target));
      continue;
    }
    // In a sticky folder (/tmp) others can add files, but not exchange those of root and of ours.
    const isOpen = (stats.mode & groupOrOthersWrite) !== 0 && !(stats.isDirectory() && (stats.mode & sticky) !== 0);
    if (isOpen) return distrusted(`${path} can be written to by others`);
    place = path;
  }
  return { kind: 'trusted', path: place };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
