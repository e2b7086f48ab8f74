/** Root file systems of Debian releases: made once from the mirrors, kept in the cache, each a layer over another. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../cluster/support/run.js';
import { cache, must } from './must.js';
import { nodeRepository } from './node-package.js';
import { aptAccess, aptSources, hasNode, type Release } from './releases.js';

export interface Root {
  readonly release: Release;
  /** Folders that overlayfs puts over each other, the uppermost first. */
  readonly layers: readonly string[];
}

/** What commands in a root have as their environment. */
export const environment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive',
];
/** systemctl enables and disables, and leaves starting to a systemd that runs. */
export const offline = 'SYSTEMD_OFFLINE=1';

/** Where the roots of a release without a Node of its own find one. */
const localRepository = 'var/local/debs';

/**
 * The smallest Debian: debootstrap's minbase, and apt without recommended packages. Where the release has no Node that
 * is new enough, apt finds one in a folder of the root. Nothing of Node or systemd is installed.
 */
export async function minimalRoot(release: Release): Promise<Root> {
  const sources = await aptSources(release);
  const settings = [
    ...(await aptAccess()),
    'Acquire::Retries "3";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
  ];
  const folder = cached('minimal', release, [sources, settings, hasNode[release] || process.version, 2]);
  if (!existsSync(folder)) {
    const making = `${folder}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    const [[mirror = ''] = []] = sources.map((line) => line.split(' '));
    await must(['debootstrap', '--variant=minbase', release, making, mirror]);
    const lists = sources.map((line) => `deb ${line}\n`);
    if (!hasNode[release]) {
      lists.push(`deb [trusted=yes] file:/${localRepository} ./\n`);
      await nodeRepository(join(making, localRepository));
    }
    writeFileSync(join(making, 'etc/apt/sources.list'), lists.join(''));
    writeFileSync(join(making, 'etc/apt/apt.conf.d/90test'), `${settings.join('\n')}\n`);
    // A power failure loses what is made here anyway.
    writeFileSync(join(making, 'etc/dpkg/dpkg.cfg.d/90test'), 'force-unsafe-io\n');
    // Nothing is started by being installed; the tests start what they want.
    writeFileSync(join(making, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    await runIn([making], undefined, ['sh', '-euc', 'apt-get -q update; rm -f /var/cache/apt/archives/*.deb']);
    await must(['mv', making, folder]);
  }
  return { release, layers: [folder] };
}

export interface LayerOptions {
  /** Files that its script finds in /tmp/given while the layer is made. */
  readonly files?: readonly string[];
  /** What else decides that it has to be made again, besides the script and the root below. */
  readonly key?: unknown;
}

/** The root with what shell text makes of it, as root and with the machine's network. */
export async function layerOver(below: Root, name: string, script: string, options: LayerOptions = {}): Promise<Root> {
  const { files = [], key } = options;
  const folder = cached(name, below.release, [below.layers, script, key]);
  const upper = join(folder, 'upper');
  if (!existsSync(join(folder, 'made'))) {
    rmSync(folder, { recursive: true, force: true });
    const given = join(folder, 'given');
    mkdirSync(given, { recursive: true });
    mkdirSync(upper);
    for (const file of files) await must(['cp', file, given]);
    await runIn(below.layers, folder, ['sh', '-euc', script], { binds: { '/tmp/given': given } });
    rmSync(given, { recursive: true, force: true });
    writeFileSync(join(folder, 'made'), '');
  }
  return { release: below.release, layers: [upper, ...below.layers] };
}

export interface InRootOptions {
  /** Folders and files of the machine, by their path in the root. */
  readonly binds?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program in a root, with the machine's network; what it writes is thrown away but for `binds`. */
export async function runInRoot(root: Root, command: readonly string[], options: InRootOptions = {}): Promise<Outcome> {
  const folder = join(cache, `scratch-${process.pid}`);
  mkdirSync(join(folder, 'upper'), { recursive: true });
  try {
    return await runIn(root.layers, folder, command, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Shell text that mounts layers over each other, the uppermost first, below one that is written to. By mount(2): what
 * mount calls since util-linux 2.39 takes no option of more than 255 characters.
 * @param folder has `upper` and `work`
 */
export function mountOverlay(layers: readonly string[], folder: string, place: string): string {
  const options = `lowerdir=${layers.join(':')},upperdir=${folder}/upper,workdir=${folder}/work`;
  return `LIBMOUNT_FORCE_MOUNT2=always mount -t overlay overlay -o ${options} ${place}`;
}

/** @param folder for the layer on top; without it there is one layer, which is written to */
function runIn(
  layers: readonly string[],
  folder: string | undefined,
  command: readonly string[],
  { binds = {}, env = {} }: InRootOptions = {},
): Promise<Outcome> {
  const place = folder === undefined ? (layers[0] ?? '') : join(folder, 'root');
  const overlay = `mkdir -p ${folder}/work ${place}
    ${mountOverlay(layers, folder ?? '', place)}`;
  const bound = Object.entries({ '/etc/resolv.conf': '/etc/resolv.conf', ...binds }).map(
    ([inside, outside]) => `bind '${outside}' '${place}${inside}'`,
  );
  const enter = `
    bind() {
      if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")"; : >>"$2"; fi
      mount --bind "$1" "$2"
    }
    ${folder === undefined ? '' : overlay}
    mount -t proc proc ${place}/proc; mount --rbind /dev ${place}/dev
    ${bound.join('\n')}
    exec chroot ${place} env -i ${environment.join(' ')} ${offline} "$@"`;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return must([
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--', 'sh', '-euc', enter, 'enter'],
    ...[...variables, ...command],
  ]);
}

/** A folder of the cache for what is made by a recipe; those of other recipes are removed. */
function cached(name: string, release: Release, recipe: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const kept = `${name}-${release}-${hash}`;
  for (const old of existsSync(cache) ? readdirSync(cache) : []) {
    if (old.startsWith(`${name}-${release}-`) && old !== kept) {
      rmSync(join(cache, old), { recursive: true, force: true });
    }
  }
  return join(cache, kept);
}
