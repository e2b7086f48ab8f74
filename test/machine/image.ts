/**
 * Debian 13 for the client and the servers. Roots are made in layers, each kept by what it was made of; the client's
 * disk is made of what is in its root at last.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, type Host } from '../cluster/support/host.js';
import { must } from '../packages/support/build-packages.js';
import { aptSettings, debianSources } from './apt.js';

/** Kept from one run to the next. */
export const cache = join(checkout, 'node_modules/.cache/machine');

export interface MachineImage {
  readonly kernel: string;
  readonly initrd: string;
  /** A whole ext4 file system, without partitions. */
  readonly disk: string;
}

/** What every Debian machine here has: a small system, as the installer makes it, and what the test talks to. */
const common = ['systemd-sysv', 'libpam-systemd', 'dbus', 'ca-certificates', 'procps'];

/** A real machine: kernel, network by DHCP, and QEMU's agent. Nothing of what the login screen needs. */
const ofClient = [
  ...['linux-image-amd64', 'initramfs-tools', 'zstd', 'ifupdown', 'dhcpcd-base', 'keyboard-configuration'],
  ...['console-setup', 'qemu-guest-agent'],
];

/** A small desktop that is real all the same: session manager, window manager, settings, desktop. */
const ofServer = [
  ...['openssh-server', 'xfce4-session', 'xfwm4', 'xfdesktop4', 'xfce4-settings', 'xfce4-panel', 'dbus-x11'],
  ...['adwaita-icon-theme', 'fonts-dejavu-core', 'xterm', 'x11-utils', 'dbus-user-session'],
];

const environment =
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1';

/**
 * Runs a script in layers, with the machine's network; what it writes goes into the uppermost. A root is entered by
 * pivot_root: maintainer scripts that enter mount namespaces would leave a chroot.
 */
const inLayers = `
  mount --make-rprivate /
  mkdir -p "$0.work" "$0.root"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$0.files,workdir=$0.work" "$0.root"
  cd "$0.root"
  mount -t proc proc proc; mount --rbind /dev dev; mount -t tmpfs tmpfs run
  touch etc/resolv.conf; mount --bind /etc/resolv.conf etc/resolv.conf
  pivot_root . mnt
  umount -l /mnt
  exec env -i ${environment} sh -euc "$2" </dev/null`;

/** @returns the layers of a client's root, uppermost first, as overlayfs wants them */
export async function clientLayers(packages: readonly string[]): Promise<string> {
  const system = `
    printf 'auto lo\\niface lo inet loopback\\nallow-hotplug ens3\\niface ens3 inet dhcp\\n' >/etc/network/interfaces
    printf '/dev/vda / ext4 errors=remount-ro 0 1\\n' >/etc/fstab`;
  const root = await layer('client', await debian(), `${install(ofClient)}\n${system}`);
  // With what is recommended, as the page's command has it.
  return layer('client-packages', root, `${download('ldm-greeter', await relations(packages))}`);
}

export async function serverLayers(packages: readonly string[]): Promise<string> {
  const root = await layer('server', await debian(), install(ofServer));
  return layer('server-packages', root, `${download('ldm-server', await relations(packages))}`);
}

const install = (names: readonly string[]): string =>
  `apt-get -q install --yes --no-install-recommends ${names.join(' ')}`;

/** What a package of ours asks for, into apt's cache, so that installing it later needs no network. */
function download(name: string, relationsOf: ReadonlyMap<string, string>): string {
  return `mkdir -p /tmp/relations/DEBIAN
printf '%s\\n' '${relationsOf.get(name)}' >/tmp/relations/DEBIAN/control
dpkg-deb --build /tmp/relations /tmp/relations.deb
apt-get -q install --yes --download-only /tmp/relations.deb openssh-server
rm -r /tmp/relations /tmp/relations.deb`;
}

/** What the packages ask for, as the control file of an empty package each. */
async function relations(packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const all = packages.map(async (file) => {
    const { stdout } = await must(['dpkg-deb', '--field', file, 'Package', 'Architecture', 'Depends', 'Recommends']);
    const control = `${stdout.trim()}\nVersion: 0\nMaintainer: Nobody <nobody@localhost>\nDescription: relations`;
    return [/^Package: (.*)$/m.exec(stdout)?.[1] ?? '', control] as const;
  });
  return new Map(await Promise.all(all));
}

async function debian(): Promise<string> {
  const sources = await debianSources();
  const settings = await aptSettings();
  return kept('debian13', JSON.stringify([sources, settings, common]), async (folder) => {
    await must([
      'nice',
      'mmdebstrap',
      ...[
        '--mode=root',
        '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg',
        '--variant=important',
        '--skip=cleanup/apt',
        `--include=${common.join(',')}`,
      ],
      ...settings.map((line) => `--aptopt=${line}`),
      ...['trixie', `${folder}.files`, ...sources.map((line) => `deb ${line}`)],
    ]);
    // Nothing is started by being installed.
    writeFileSync(`${folder}.files/usr/sbin/policy-rc.d`, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  });
}

async function layer(name: string, below: string, script: string): Promise<string> {
  const own = await kept(name, `${below}\n${script}`, async (folder) => {
    mkdirSync(`${folder}.files`);
    const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--'];
    await must(['nice', ...namespaces, 'sh', '-euc', inLayers, folder, below, `apt-get -qq update; ${script}`]);
  });
  return `${own}:${below}`;
}

/** Makes what is not there yet. One of each name is kept. @param make writes into the folder's name with `.files` */
async function kept(name: string, recipe: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cache, `${name}-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}`);
  const files = join(folder, 'files');
  if (existsSync(files)) return files;
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache)) {
    if (/^(.*)-[0-9a-f]{16}/.exec(old)?.[1] === name) rmSync(join(cache, old), { recursive: true, force: true });
  }
  mkdirSync(folder);
  const making = join(folder, 'making');
  await make(making);
  renameSync(`${making}.files`, files);
  return files;
}

/** Makes the disk of a root, as a host sees it. What it finds in the image's folder is replaced. */
export async function makeImage(host: Host, place: string): Promise<MachineImage> {
  const folder = join(cache, 'image');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const image = { kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd'), disk: join(folder, 'disk') };
  await host.sh(
    `cp ${place}/boot/vmlinuz-* ${image.kernel}
    cp ${place}/boot/initrd.img-* ${image.initrd}
    rm -rf ${place}/var/cache/apt/archives/*.deb ${place}/var/lib/apt/lists/* ${place}/usr/sbin/policy-rc.d
    : >${place}/etc/machine-id
    truncate --size=3G ${image.disk}
    # What is mounted there is not part of the disk.
    unshare --mount sh -euc 'umount --lazy "$0/proc"; umount --lazy --recursive "$0/dev"; umount --lazy "$0/run"
      exec mkfs.ext4 -q -F -O ^has_journal -d "$0" "$1"' ${place} ${image.disk}`,
    { timeoutMs: 600_000 },
  );
  return image;
}
