/** The roots of the client and the servers before the page is followed, and the client's disk after it. */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Host } from '../cluster/support/host.js';
import type { Built } from '../packages/support/build-packages.js';
import { cache, must } from '../packages/support/must.js';
import { layerOver, minimalRoot, type Root } from '../packages/support/roots.js';

export interface MachineImage {
  readonly kernel: string;
  readonly initrd: string;
  /** A whole ext4 file system, without partitions. */
  readonly disk: string;
}

const system = ['systemd-sysv', 'libpam-systemd', 'dbus', 'procps', 'ca-certificates', 'netbase', 'iproute2'];

/** A machine as the installer leaves it, with QEMU's agent, and nothing of what the login screen needs. */
const ofClient = [
  ...['linux-image-amd64', 'initramfs-tools', 'zstd', 'udev', 'kmod', 'ifupdown', 'dhcpcd-base', 'qemu-guest-agent'],
  ...['keyboard-configuration', 'console-setup', ...system],
];

/** The desktop that the page installs on a server, what looks at the windows of a session, and what plays and prints there. */
const ofServer = [
  ...[
    'xfce4',
    'xfce4-terminal',
    'dbus-user-session',
    'xterm',
    'x11-utils',
    'pulseaudio-utils',
    'cups-client',
    'gvfs',
    'libglib2.0-bin',
    // Recommended by Xfce's packages. Without it, the window manager ends at the second login.
    'libgl1',
  ],
  ...system,
];
/** Installed by the pages themselves; each server makes host keys of its own. */
const onEachServer = ['openssh-server', 'xauth', 'sshfs', 'libnotify-bin'];
/** For what is on the desk: docs/devices.md installs it, but for CUPS, which it takes for granted. */
const onClient = ['pulseaudio', 'alsa-utils', 'udisks2', 'cups', 'cups-ipp-utils'];

const install = (names: readonly string[]): string => `apt-get -q install --yes ${names.join(' ')}`;

/**
 * The client with all that the page installs in apt's cache, recommended packages too: the page does not leave them out.
 */
export async function clientRoot(built: Built): Promise<Root> {
  const network = 'auto lo\\niface lo inet loopback\\nallow-hotplug ens3\\niface ens3 inet dhcp\\n';
  const settings = `printf '${network}' >/etc/network/interfaces
    printf '/dev/vda / ext4 errors=remount-ro 0 1\\n' >/etc/fstab
    echo 'APT::Install-Recommends "true";' >/etc/apt/apt.conf.d/95test`;
  const root = await layerOver(
    await minimalRoot('trixie'),
    'client',
    `${install(ofClient)}; apt-get clean; ${settings}`,
  );
  return withDownloads(root, built, 'ldm-greeter', 'client-install', onClient);
}

export async function serverRoot(built: Built): Promise<Root> {
  const root = await layerOver(await minimalRoot('trixie'), 'server', `${install(ofServer)}; apt-get clean`);
  return withDownloads(root, built, 'ldm-server', 'server-install', onEachServer);
}

async function withDownloads(
  root: Root,
  { packages }: Built,
  name: string,
  layer: string,
  others: readonly string[],
): Promise<Root> {
  const file = packages.get(name);
  if (file === undefined) throw new Error(`${name} is not built`);
  const { stdout: relations } = await must(['dpkg-deb', '--field', file, 'Depends', 'Recommends']);
  const script = `apt-get -q install --yes --download-only ${[`/tmp/given/${basename(file)}`, ...others].join(' ')}`;
  return layerOver(root, layer, script, { files: [file], key: relations });
}

/** Makes the disk of a root, as its host sees it. The last image is replaced. */
export async function makeImage(host: Host, place: string): Promise<MachineImage> {
  const folder = join(cache, 'machine');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
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
