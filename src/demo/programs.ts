import { join } from 'node:path';
import { isExecutable } from '../shared/executable.js';

/** Which Debian package brings a program that the demo runs. */
const packages = {
  Xvfb: 'xvfb',
  xdotool: 'xdotool',
  xwd: 'x11-apps',
  import: 'imagemagick',
  xclock: 'x11-apps',
  xterm: 'xterm',
} as const;
export type Program = keyof typeof packages;

/** @returns the path of a program on PATH */
export function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * What is missing, in words, with the way to get it; undefined when nothing is.
 * @param needed each one program, or several of which one is enough
 */
export function missingPrograms(needed: readonly (Program | readonly Program[])[]): string | undefined {
  const missing = needed
    .map((one): readonly Program[] => (typeof one === 'string' ? [one] : one))
    .filter((either) => !either.some((name) => findProgram(name) !== undefined))
    .map((either) => either.map((name) => `${name} (package ${packages[name]})`).join(' or '));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}; npm run setup installs what is needed`;
}
