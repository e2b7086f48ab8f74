/** Location of layouts and themes: beside the folder of the bundle, in a checkout as in a package. */
import { join } from 'node:path';

const data = join(__dirname, '..', 'data');

/** @param name without folder and extension */
export function layoutFile(name: string): string {
  return join(data, 'glade', `${name}.glade`);
}

export const themesFolder = join(data, 'themes');
