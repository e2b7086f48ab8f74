/** Where layouts and themes lie: beside the folder of the bundle, in a checkout as in a package. */
import { join } from 'node:path';

const data = join(__dirname, '..', 'data');

/** @param name without folder and ending */
export function layoutFile(name: string): string {
  return join(data, 'glade', `${name}.glade`);
}

export const themesFolder = join(data, 'themes');
