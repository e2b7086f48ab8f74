import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../test/cluster/support/host.js';
import { compiled } from './compiled.js';

/** The command of the login window's content in C; undefined, and reported, where it cannot be compiled. */
export function compiledWindow(): string[] | undefined {
  const window = compiled('window', 'gtk+-3.0');
  return window === undefined ? undefined : [window, ...contentOfWindow()];
}

/** The arguments of a program that shows the window. */
export function contentOfWindow(): string[] {
  const themes = join(checkout, 'data/themes');
  // The rules that the greeter adds for the pictures of a theme (src/ui/toolkit/theme.ts).
  const pictures = join(checkout, 'node_modules/.cache/bench/pictures.css');
  writeFileSync(
    pictures,
    `window#login { background-image: url("${join(themes, 'today/background.png')}"); }\n` +
      `#logo { background-image: url("${join(themes, 'today/logo.png')}"); }\n`,
  );
  const sheets = [join(themes, 'base.css'), join(themes, 'today/style.css'), pictures];
  return [join(checkout, 'data/glade/login.glade'), ...sheets];
}
