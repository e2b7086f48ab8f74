import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout } from '../../cluster/support/host.js';
import { run } from '../../cluster/support/run.js';
import { cache, must } from './must.js';
import type { Release } from './releases.js';
import { layerOver, minimalRoot, type Root, runInRoot } from './roots.js';

export interface Built {
  /** The release that they are built on, and for. */
  readonly release: Release;
  /** Where the packages lie. */
  readonly folder: string;
  /** Paths of the two packages, by name. */
  readonly packages: ReadonlyMap<string, string>;
  readonly changes: string;
}

/** The files that a build takes, as they are now, whether committed or not. */
export async function sourceFiles(): Promise<string[]> {
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

/** What a root needs for `dpkg-buildpackage`, and not a package more. */
async function buildRoot(release: Release): Promise<Root> {
  const control = join(checkout, 'debian/control');
  const script = `apt-get -q install --yes build-essential
    mkdir -p /tmp/source/debian; cp /tmp/given/control /tmp/source/debian
    apt-get -q build-dep --yes /tmp/source; rm -r /tmp/source; apt-get clean`;
  const [needed] = readFileSync(control, 'utf8').split('\n\n');
  return layerOver(await minimalRoot(release), 'build', script, { files: [control], key: needed });
}

/**
 * Builds both packages with dpkg-buildpackage in a root of the release that has the build dependencies alone, without
 * any network; npm's cache was filled before, by the npm of that release. A build of the same source is used again.
 * With LDM_TEST_PACKAGES=FOLDER the first build is what lies in FOLDER/RELEASE.
 * @param name of the copy's folder; builds of different names know nothing of each other
 */
export async function buildPackages(name: string, release: Release = 'trixie'): Promise<Built> {
  const given = process.env.LDM_TEST_PACKAGES;
  if (given !== undefined && name === 'first') return builtIn(join(given, release), release);
  const files = await sourceFiles();
  const root = await buildRoot(release);
  const hash = createHash('sha256').update(root.layers.join());
  for (const file of files) hash.update(file).update(readFileSync(join(checkout, file)));
  const own = `${name}-${release}-`;
  const folder = join(cache, `${own}${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(join(folder, 'built'))) {
    for (const old of readdirSync(cache)) {
      if (old.startsWith(own)) rmSync(join(cache, old), { recursive: true, force: true });
    }
    const source = join(folder, 'source');
    for (const file of files) {
      mkdirSync(dirname(join(source, file)), { recursive: true });
      cpSync(join(checkout, file), join(source, file));
    }
    const npmCache = join(cache, `npm-${release}`);
    mkdirSync(npmCache, { recursive: true });
    const { env, certificates } = await npmAccess();
    const place = `/build/${name}`;
    const build = `cd ${place}/source; sh scripts/fill-npm-cache.sh
      exec unshare --net -- dpkg-buildpackage -b -us -uc`;
    await runInRoot(root, ['sh', '-euc', build], {
      binds: { [place]: folder, '/root/.npm': npmCache, ...certificates },
      env,
    });
    rmSync(source, { recursive: true, force: true });
    mkdirSync(join(folder, 'built'));
  }
  return builtIn(folder, release);
}

/** How npm reaches its registry from here. */
export async function npmAccess(): Promise<{ env: Record<string, string>; certificates: Record<string, string> }> {
  const { stdout } = await must(['npm', 'config', 'list', '--json']);
  const settings: Record<string, unknown> = JSON.parse(stdout);
  const env = Object.fromEntries(
    ['registry', 'proxy', 'https-proxy', 'noproxy'].flatMap((name) => {
      const value = settings[name];
      return typeof value === 'string' && value !== '' ? [[`npm_config_${name.replace('-', '_')}`, value]] : [];
    }),
  );
  // Debian's Node trusts what the machine trusts, the authority of a proxy among it.
  const cafile = typeof settings.cafile === 'string' ? settings.cafile : '/etc/ssl/certs/ca-certificates.crt';
  if (!existsSync(cafile)) return { env, certificates: {} };
  const inside = '/etc/ssl/npm.pem';
  return { env: { ...env, npm_config_cafile: inside }, certificates: { [inside]: cafile } };
}

function builtIn(folder: string, release: Release): Built {
  const debs = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  const changes = readdirSync(folder).find((file) => file.endsWith('.changes'));
  if (changes === undefined) throw new Error(`${folder} has no .changes`);
  return {
    folder,
    release,
    packages: new Map(debs.map((file) => [file.replace(/_.*/, ''), join(folder, file)])),
    changes: join(folder, changes),
  };
}
