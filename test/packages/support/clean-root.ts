import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Host, startHost } from '../../cluster/support/host.js';
import type { Outcome, Running, RunOptions } from '../../cluster/support/run.js';
import type { Built } from './build-packages.js';
import { cache, must } from './must.js';
import { environment, layerOver, minimalRoot, mountOverlay, offline, type Root } from './roots.js';
import { type Booted, bootSystemd } from './systemd.js';

/** What the small-cluster page installs beside our packages, and what looks at a greeter. */
const alsoNeeded = ['openssh-server', 'xvfb', 'x11-utils', 'man-db', 'bash-completion', 'dbus'];

/** A Debian with nothing but its base system and what its root has, in namespaces. */
export interface CleanRoot {
  readonly host: Host;
  /** Path of its root, as the host sees it. */
  readonly place: string;
  /** Runs shell text in it as root. */
  run(script: string, options?: RunOptions): Promise<Outcome>;
  /** The same. @throws when it fails */
  sh(script: string): Promise<string>;
  /** Starts shell text and leaves it running. */
  start(script: string): Running;
  stop(): Promise<void>;
}

/**
 * A minimal root of the release that the packages are for. What the packages need lies in apt's cache, so that
 * installing them needs no network.
 */
export async function installRoot({ packages, release }: Built): Promise<Root> {
  const files = [...packages.values()];
  const given = files.map((file) => `/tmp/given/${basename(file)}`);
  const needed = await Promise.all(files.map((file) => must(['dpkg-deb', '--field', file, 'Depends'])));
  const script = `apt-get -q install --yes --download-only ${[...given, 'nodejs', 'systemd', ...alsoNeeded].join(' ')}`;
  return layerOver(await minimalRoot(release), 'install', script, { files, key: needed.map(({ stdout }) => stdout) });
}

/** The same with systemd and Node: what every machine has that boots. */
export async function baseRoot(built: Built): Promise<Root> {
  return layerOver(await installRoot(built), 'base', 'apt-get -q install --yes nodejs systemd');
}

/** What runs first: `systemd`, and with it every service as on a real machine; or nothing, and services stay off. */
export type FirstProcess = 'systemd' | 'nothing';

/** A clean root on a host of its own; what is written goes into a layer that is thrown away. */
export async function startCleanRoot(
  name: string,
  { layers }: Root,
  { packages }: Pick<Built, 'packages'>,
  first: FirstProcess = 'nothing',
): Promise<CleanRoot> {
  const layer = mkdtempSync(join(cache, `layer-${name}-`));
  const host = await startHost(name);
  const place = '/run/root';
  let booted: Booted | undefined;
  const inside = (script: string): string[] => {
    const enter = booted === undefined ? ['chroot', place] : booted.enter;
    const own = booted === undefined ? [...environment, offline] : environment;
    return [...enter, 'env', '-i', ...own, 'sh', '-euc', script];
  };
  const root: CleanRoot = {
    host,
    place,
    run: (script, options) => host.run(inside(script), { timeoutMs: 300_000, ...options }),
    async sh(script) {
      const { code, stdout, stderr } = await root.run(script);
      if (code !== 0) throw new Error(`on ${name}, code ${code}: ${script}\n${stdout}${stderr}`);
      return stdout;
    },
    start: (script) => host.start(inside(script), { timeoutMs: 600_000 }),
    async stop() {
      await host.stop();
      await booted?.cleanUp();
      rmSync(layer, { recursive: true, force: true });
    },
  };
  try {
    await host.sh(`
      mkdir -p ${place} ${layer}/upper ${layer}/work
      ${mountOverlay(layers, layer, place)}
      mount -t tmpfs -o mode=755 tmpfs ${place}/run
      mkdir -p ${place}/root/packages
      : >${place}/etc/resolv.conf
      printf '127.0.0.1 localhost\\n127.0.1.1 ${name}\\n' >${place}/etc/hosts
      echo ${name} >${place}/etc/hostname`);
    for (const file of packages.values()) {
      await host.write(`${place}/root/packages/${basename(file)}`, '');
      await must(['cp', file, `/proc/${host.pid}/root${place}/root/packages/${basename(file)}`]);
    }
    if (first === 'systemd') {
      await host.sh(`rm ${place}/usr/sbin/policy-rc.d`);
      booted = await bootSystemd(host, place);
    } else {
      await host.sh(`mount -t proc proc ${place}/proc; mount --rbind /dev ${place}/dev`);
    }
    return root;
  } catch (error) {
    await root.stop();
    throw error;
  }
}

/** The blocks of a page that are to be run, in their order. */
export interface PageBlock {
  /** The machines that run it. */
  readonly machines: readonly string[];
  readonly script: string;
}

/** Blocks are fenced as sh and have a comment `run on: NAMES` in front of them. */
export function blocksOf(page: string): PageBlock[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/<!-- run on: (.+?) -->\n```sh\n(.*?)```/gs)].map(([, names = '', script = '']) => ({
    machines: names.split(' '),
    script,
  }));
}
