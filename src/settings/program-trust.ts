import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const groupOrOthersWrite = 0o022;
const sticky = 0o1000;

/**
 * Whether a program of the administrator's may be run: whoever else could change it, or the way to it, could run what
 * they like with our rights. So the program and every folder above it belong to root or to the user we run as, and
 * nobody else may write to them.
 * @param uid of this process
 * @returns why it may not, or undefined where it may
 */
export function programDistrust(program: string, uid: number): string | undefined {
  let path: string;
  try {
    path = realpathSync(program);
  } catch (error) {
    return `cannot be found (${(error as NodeJS.ErrnoException).code})`;
  }
  for (let place = path; ; place = dirname(place)) {
    const { mode, uid: owner } = statSync(place);
    if (owner !== 0 && owner !== uid) return `${place} belongs to another user`;
    // In a sticky folder (/tmp) others may add files, but not exchange this one.
    const open = (mode & groupOrOthersWrite) !== 0 && !(place !== path && (mode & sticky) !== 0);
    if (open) return `${place} can be written to by others`;
    if (place === dirname(place)) return undefined;
  }
}
