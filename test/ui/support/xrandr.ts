import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Size } from './size.js';

const run = promisify(execFile);

/** Gives an output a mode of this size. @returns the mode's name */
export async function addMode(
  env: Readonly<Record<string, string>>,
  output: string,
  { width, height }: Size,
): Promise<string> {
  // Not the server's own mode name for the size, since that mode may not fit this output.
  const name = `m${width}x${height}`;
  const timing = [60, width, width, width, width, height, height, height, height].map(String);
  // The mode may exist already.
  await run('xrandr', ['--newmode', name, ...timing], { env }).catch(() => {});
  await run('xrandr', ['--addmode', output, name], { env });
  return name;
}
