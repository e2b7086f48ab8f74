import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout } from '../../cluster/support/host.js';
import { type Outcome, run } from '../../cluster/support/run.js';

/** What is made here is kept, and used again where nothing has changed. */
export const cache = join(checkout, 'node_modules/.cache/packages');

export interface Built {
  /** Where the packages lie. */
  readonly folder: string;
  /** Paths of the two packages, by name. */
  readonly packages: ReadonlyMap<string, string>;
  readonly changes: string;
}

/** Runs a program that must succeed. @throws with what it said at last */
export async function must(command: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await run(command, { timeoutMs: 1_200_000, env: { ...inherited(), ...env } });
  if (outcome.code !== 0) {
    throw new Error(`${command.join(' ')}: code ${outcome.code}\n${(outcome.stdout + outcome.stderr).slice(-4_000)}`);
  }
  return outcome;
}

/** What npm and apt need of the environment: homes, proxies, certificates. */
function inherited(): Record<string, string> {
  const wanted = /^(HOME|npm_config_\w+|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      wanted.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** The files that a build takes, as they are now, whether committed or not. */
async function sourceFiles(): Promise<string[]> {
  const byGit = ['git', '-C', checkout, 'ls-files', '--cached', '--others', '--exclude-standard'];
  const made = ['.git', 'node_modules', 'dist', 'types', 'screenshots'].flatMap((name) => ['-o', '-path', `./${name}`]);
  const byFind = ['-C', checkout, 'find', '.', '(', '-false', ...made, ')', '-prune', '-o', '-type', 'f', '-print'];
  const listed = await run(byGit);
  // A checkout that is no repository, or one of another user's.
  const { stdout } = listed.code === 0 ? listed : await must(['env', ...byFind]);
  const others = /^(test|bench|\.ci|docs\/pictures)\//;
  return stdout
    .split('\n')
    .map((name) => name.replace(/^\.\//, ''))
    .filter((name) => !others.test(name) && statSync(join(checkout, name), { throwIfNoEntry: false })?.isFile())
    .sort();
}

/**
 * Builds both packages with dpkg-buildpackage in a copy of the source, in a network namespace without any network;
 * npm's cache was filled before. A build of the same source is used again.
 * With LDM_TEST_PACKAGES=FOLDER the first build is what lies there.
 * @param name of the copy's folder; builds of different names know nothing of each other
 */
export async function buildPackages(name: string): Promise<Built> {
  const given = process.env.LDM_TEST_PACKAGES;
  if (given !== undefined && name === 'first') return builtIn(given);
  const files = await sourceFiles();
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(file).update(readFileSync(join(checkout, file)));
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(join(folder, 'built'))) {
    for (const old of existsSync(cache) ? readdirSync(cache) : []) {
      if (old.startsWith(`${name}-`)) rmSync(join(cache, old), { recursive: true, force: true });
    }
    const source = join(folder, 'source');
    for (const file of files) {
      mkdirSync(dirname(join(source, file)), { recursive: true });
      cpSync(join(checkout, file), join(source, file));
    }
    await must(['sh', join(checkout, 'scripts/fill-npm-cache.sh')]);
    // -d: Debian's own npm and nodejs (>= 20.19) go by other names where Node comes from elsewhere.
    const build = 'cd "$0" && exec nice -n 10 dpkg-buildpackage -b -us -uc -d';
    await must(['unshare', '--net', '--', 'sh', '-euc', build, source]);
    rmSync(source, { recursive: true, force: true });
    mkdirSync(join(folder, 'built'));
  }
  return builtIn(folder);
}

function builtIn(folder: string): Built {
  const debs = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  const changes = readdirSync(folder).find((file) => file.endsWith('.changes'));
  if (changes === undefined) throw new Error(`${folder} has no .changes`);
  return {
    folder,
    packages: new Map(debs.map((file) => [file.replace(/_.*/, ''), join(folder, file)])),
    changes: join(folder, changes),
  };
}
