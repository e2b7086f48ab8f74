import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../test/cluster/support/host.js';

/** The command of the login window's content in C; undefined, and reported, where it cannot be compiled. */
export function compiledWindow(): string[] | undefined {
  const window = compileWindow();
  if (window === undefined) {
    skipped('the window in C', 'gcc or libgtk-3-dev is missing');
    return undefined;
  }
  const themes = join(checkout, 'data/themes');
  // The rules that the greeter adds for the pictures of a theme (src/ui/toolkit/theme.ts).
  const pictures = join(checkout, 'node_modules/.cache/bench/pictures.css');
  writeFileSync(
    pictures,
    `window#login { background-image: url("${join(themes, 'today/background.png')}"); }\n` +
      `#logo { background-image: url("${join(themes, 'today/logo.png')}"); }\n`,
  );
  const sheets = [join(themes, 'base.css'), join(themes, 'today/style.css'), pictures];
  return [window, join(checkout, 'data/glade/login.glade'), ...sheets];
}

function compileWindow(): string | undefined {
  const program = join(checkout, 'node_modules/.cache/bench/window');
  try {
    const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'gtk+-3.0'], { encoding: 'utf8', stdio: 'pipe' });
    const args = ['-O2', '-o', program, join(checkout, 'bench/window.c'), ...flags.trim().split(/\s+/)];
    execFileSync('gcc', args, { stdio: 'pipe' });
    return program;
  } catch {
    return undefined;
  }
}

export function skipped(what: string, why: string): void {
  process.stderr.write(`bench: left out: ${what}: ${why} (sh scripts/setup.sh bench installs it)\n`);
}
