import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from '../test/cluster/support/host.js';

/**
 * Compiles a program of this folder.
 * @param name of its file, without `.c`
 * @param packages that it needs, for pkg-config
 * @returns the program; undefined, and reported, where it cannot be compiled
 */
export function compiled(name: string, ...packages: readonly string[]): string | undefined {
  const program = join(checkout, 'node_modules/.cache/bench', name);
  try {
    const options = ['--cflags', '--libs', ...packages];
    const flags = packages.length === 0 ? '' : execFileSync('pkg-config', options, { encoding: 'utf8', stdio: 'pipe' });
    const source = join(checkout, `bench/${name}.c`);
    execFileSync('gcc', ['-O2', '-o', program, source, ...flags.split(/\s+/).filter(Boolean)], { stdio: 'pipe' });
    return program;
  } catch {
    skipped(`${name}.c`, 'gcc or a library is missing');
    return undefined;
  }
}

export function skipped(what: string, why: string): void {
  process.stderr.write(`bench: left out: ${what}: ${why} (sh scripts/setup.sh bench installs it)\n`);
}
