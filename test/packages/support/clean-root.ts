import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Host, startHost } from '../../cluster/support/host.js';
import type { Outcome, Running, RunOptions } from '../../cluster/support/run.js';
import { type Built, cache, must } from './build-packages.js';
import { type Booted, bootSystemd } from './systemd.js';

const environment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive',
];
/** systemctl enables and disables, and leaves starting to whoever has a systemd that runs. */
const offline = 'SYSTEMD_OFFLINE=1';

/** What the small-cluster page installs beside our packages, and what looks at a greeter. */
const alsoNeeded = ['openssh-server', 'xvfb', 'x11-utils', 'man-db', 'bash-completion'];

/** A Debian 12 with nothing but its base system, systemd and Node, in namespaces. */
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
 * The root that all others are layers over: debootstrap from the mirrors that this machine's apt knows, with the same
 * Node as here. It is made once and kept; what the packages need lies in apt's cache, so that installing them needs
 * no network.
 */
export async function baseRoot({ packages }: Built): Promise<string> {
  const sources = await aptSources();
  const version = (await must(['node', '--version'])).stdout.trim();
  const recipe = JSON.stringify([sources, alsoNeeded, version, 4]);
  const base = join(cache, `base-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`);
  const inBase = (...command: string[]) =>
    must(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--', 'sh', '-euc', enterBase, base, ...command]);
  if (!existsSync(join(base, 'made'))) {
    const making = `${base}.making`;
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) {
      if (old.startsWith('base-')) rmSync(join(cache, old), { recursive: true, force: true });
    }
    const [[mirror = ''] = []] = sources.map((line) => line.split(' '));
    await must(['nice', '-n', '10', 'debootstrap', '--variant=minbase', 'bookworm', making, mirror]);
    writeFileSync(join(making, 'etc/apt/sources.list'), sources.map((line) => `deb ${line}\n`).join(''));
    writeFileSync(join(making, 'etc/apt/apt.conf.d/90test'), await aptSettings());
    // Nothing is started by being installed; the tests start what they want.
    writeFileSync(join(making, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    await must(['mv', making, base]);
    await packNode(version.slice(1), join(base, 'root/nodejs.deb'));
    await inBase('sh', '-euc', 'apt-get -q update; apt-get -q install --yes /root/nodejs.deb systemd');
    writeFileSync(join(base, 'made'), '');
  }
  for (const file of packages.values()) await must(['cp', file, join(base, 'tmp')]);
  const files = [...packages.values()].map((file) => `/tmp/${basename(file)}`);
  await inBase('apt-get', '-q', 'install', '--yes', '--download-only', ...files, ...alsoNeeded);
  for (const file of files) rmSync(join(base, file));
  return base;
}

/** Commands in the base itself have the machine's network and resolver. */
const enterBase = `
  mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"
  : >>"$0/etc/resolv.conf"; mount --bind /etc/resolv.conf "$0/etc/resolv.conf"
  exec chroot "$0" env -i ${environment.join(' ')} ${offline} "$@"`;

async function aptSources(): Promise<string[]> {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)';
  const { stdout } = await must([
    'apt-get',
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
    'Origin: Debian',
  ]);
  const lines = stdout.split('\n').filter((line) => line.endsWith(' main'));
  return lines.length > 0 ? lines : ['http://deb.debian.org/debian bookworm main'];
}

async function aptSettings(): Promise<string> {
  const { stdout } = await must(['apt-config', 'dump']);
  const network = stdout.split('\n').filter((line) => /^Acquire::https?::(Proxy|CaInfo)/i.test(line));
  // What is only recommended (Xorg with its drivers, 400 MB) is left out: the greeter runs under Xvfb here.
  return [
    ...network,
    'Acquire::Retries "3";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    '',
  ].join('\n');
}

/** The machine's own Node as a package: where it came from need not be asked for it again. */
async function packNode(version: string, file: string): Promise<void> {
  const folder = mkdtempSync(join(cache, 'nodejs-'));
  mkdirSync(join(folder, 'DEBIAN'));
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  const control = {
    Package: 'nodejs',
    Version: `${version}-0test`,
    Architecture: (await must(['dpkg', '--print-architecture'])).stdout.trim(),
    Maintainer: 'Nobody <nobody@localhost>',
    Depends: 'libc6, libstdc++6, libgcc-s1',
    Description: 'the Node of the machine that tests',
  };
  writeFileSync(
    join(folder, 'DEBIAN/control'),
    Object.entries(control)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  );
  await must(['cp', process.execPath, join(folder, 'usr/bin/node')]);
  await must(['dpkg-deb', '--root-owner-group', '-Znone', '--build', folder, file]);
  rmSync(folder, { recursive: true, force: true });
}

/** What runs first: `systemd`, and with it every service as on a real machine; or nothing, and services stay off. */
export type FirstProcess = 'systemd' | 'nothing';

/** A clean root on a host of its own; what is written goes into a layer that is thrown away. */
export async function startCleanRoot(
  name: string,
  base: string,
  { packages }: Built,
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
      mount -t overlay overlay -o lowerdir=${base},upperdir=${layer}/upper,workdir=${layer}/work ${place}
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
