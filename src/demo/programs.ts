import { join } from 'node:path';
import { isExecutable } from '../shared/files/executable.js';

/** The Debian packages of the programs that the demo runs. */
const packages = {
  Xvfb: 'xvfb',
  xdotool: 'xdotool',
  xwd: 'x11-apps',
  import: 'imagemagick',
  xclock: 'x11-apps',
  xterm: 'xterm',
  faketime: 'faketime',
} as const;
export type Program = keyof typeof packages;

/** @returns the path of a program in PATH */
export function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * A message about missing programs and how to install them; undefined if none is missing.
 * @param needed single programs, and lists of which one program is enough
 */
export function missingPrograms(needed: readonly (Program | readonly Program[])[]): string | undefined {
  const missing = needed
    .map((one): readonly Program[] => (typeof one === 'string' ? [one] : one))
    .filter((either) => !either.some((name) => findProgram(name) !== undefined))
    .map((either) => either.map((name) => `${name} (package ${packages[name]})`).join(' or '));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}; npm run setup installs what is missing`;
}
