import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, type Host } from './host.js';
import { until } from './run.js';

const programs = {
  sshfs: '/usr/bin/sshfs',
  fuse3: '/usr/bin/fusermount3',
  udisks2: '/usr/libexec/udisks2/udisksd',
  polkitd: '/usr/lib/polkit-1/polkitd',
  udev: '/lib/systemd/systemd-udevd',
  dbus: '/usr/bin/dbus-daemon',
  e2fsprogs: '/usr/sbin/mkfs.ext4',
  'libglib2.0-bin': '/usr/bin/gio',
  dosfstools: '/usr/sbin/mkfs.vfat',
};

/** What the machine lacks for drives, in words; undefined when nothing. */
export const missingForDrives: string | undefined = findMissing();

function findMissing(): string | undefined {
  const lacking = Object.entries(programs).filter(([, path]) => !existsSync(path));
  if (lacking.length > 0) {
    return `needs the packages ${lacking.map(([name]) => name).join(', ')} (sh scripts/setup.sh test installs them)`;
  }
  return existsSync('/dev/fuse') && existsSync('/dev/loop-control') ? undefined : 'needs /dev/fuse and loop devices';
}

/** Whether the kernel has this file system, or can load it. */
export function hasFileSystem(name: string): boolean {
  return new RegExp(`\\t${name}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'));
}

/** A /dev of the client's own: udev gives and takes away rights there. */
const ownDev = `
  mkdir /run/dev; mount -t tmpfs -o mode=755 tmpfs /run/dev
  for node in null zero full random urandom tty loop-control; do cp -a /dev/$node /run/dev/; done
  for number in $(seq 0 63); do mknod -m 600 /run/dev/loop$number b 7 $number; done
  mkdir /run/dev/pts /run/dev/shm; mount --rbind /dev/pts /run/dev/pts
  ln -s /proc/self/fd /run/dev/fd; ln -s pts/ptmx /run/dev/ptmx
  mount --rbind /run/dev /dev
`;
/** UDisks2 takes a loop device for one of the system; a stick of a USB port needs no rule. */
const udevRule = 'KERNEL=="loop*", ENV{UDISKS_AUTO}="1", ENV{UDISKS_SYSTEM}="0", ENV{UDISKS_IGNORE}="0"\n';

/** Real sticks for a client: a file behind a loop device, the real udev, UDisks2 and polkit, and ldm's user `_ldm`. */
export class ClientDrives {
  readonly #client: Host;
  readonly #loops = new Map<string, string>();

  private constructor(client: Host) {
    this.#client = client;
  }

  static async start(client: Host): Promise<ClientDrives> {
    await client.sh(ownDev);
    await client.write('/etc/udev/rules.d/99-ldm-test.rules', udevRule);
    const polkit = readFileSync(join(checkout, 'data/seat/50-ldm-greeter.rules'), 'utf8');
    await client.write('/etc/polkit-1/rules.d/50-ldm-greeter.rules', polkit);
    await client.sh(`
      getent passwd _ldm >/dev/null || echo '_ldm:x:39999:39999::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
      getent group _ldm >/dev/null || echo '_ldm:x:39999:' >>/etc/group
      chmod 755 /etc/polkit-1/rules.d
      mkdir -p /run/dbus
      mount -t tmpfs -o mode=755 tmpfs /media`);
    const run = { timeoutMs: 900_000 };
    client.start(['dbus-daemon', '--system', '--nofork', '--nopidfile'], run);
    const exists = async (path: string): Promise<boolean> => (await client.run(['test', '-S', path])).code === 0;
    await until('D-Bus', () => exists('/run/dbus/system_bus_socket'));
    client.start([programs.udev], run);
    await until('udev', () => exists('/run/udev/control'));
    client.start([programs.polkitd, '--no-debug'], run);
    client.start([programs.udisks2], run);
    const ask = ['busctl', '--system', 'status'];
    for (const name of ['org.freedesktop.PolicyKit1', 'org.freedesktop.UDisks2']) {
      await until(name, async () => (await client.run([...ask, name])).code === 0, 30_000);
    }
    return new ClientDrives(client);
  }

  /** Makes a stick; nothing is put in yet. @param type of the file system */
  async make(name: string, type: 'ext4' | 'vfat', label: string, megabytes = 32): Promise<void> {
    const format =
      type === 'ext4' ? `mkfs.ext4 -q -F -E root_owner=39999:39999 -L '${label}'` : `mkfs.vfat -n '${label}'`;
    const owner = '$(id -u _ldm):$(id -g _ldm)';
    await this.#client.sh(
      `truncate -s ${megabytes}M /run/${name}; ${format.replace('39999:39999', `"${owner}"`)} /run/${name} >/dev/null`,
    );
  }

  async putIn(name: string): Promise<void> {
    const loop = (await this.#client.sh(`losetup --find --show /run/${name}`)).trim();
    this.#loops.set(name, loop);
  }

  /**
   * The device goes, as the kernel tells of a stick that is pulled out. A loop device does not really go while it is
   * mounted, so what UDisks2 does then is done here: it takes the mount away at once.
   */
  async pullOut(name: string): Promise<void> {
    const loop = this.#loops.get(name) ?? '';
    this.#loops.delete(name);
    await this.#client.sh(`
      echo remove >/sys/block/${loop.slice('/dev/'.length)}/uevent
      losetup -d ${loop}
      ! grep -q '^${loop} ' /proc/mounts || { sleep 2; umount -l ${loop} 2>/dev/null || true; }`);
  }

  /** The medium goes and the device stays, as with a card reader: what is not written is lost. UDisks2 does the rest. */
  async tear(name: string): Promise<void> {
    const loop = this.#loops.get(name) ?? '';
    await this.#client.sh(`truncate -s 0 /run/${name}; losetup -c ${loop}`);
  }

  async pullOutAll(): Promise<void> {
    for (const name of [...this.#loops.keys()]) await this.pullOut(name);
  }

  /** Where UDisks2 has mounted what, on the client. */
  async mounts(): Promise<string[]> {
    const mounts = await this.#client.read('/proc/1/mounts');
    return mounts
      .split('\n')
      .filter((line) => line.startsWith('/dev/loop'))
      .map((line) => line.split(' ')[1] ?? '');
  }

  /** Looks at the stick's own content, on the client. @returns what the script prints, in the stick's root */
  look(name: string, script: string): Promise<string> {
    const mount = `mkdir -p /run/look; mount -o loop /run/${name} /run/look`;
    return this.#client.sh(`${mount}; cd /run/look; (${script}); cd /; umount /run/look`);
  }
}

/** Words that start a program as ldm's own user, without any right, as `ldm-seat` does. */
export const asLdm = [
  'setpriv',
  '--reuid=_ldm',
  '--regid=_ldm',
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  'sh',
  '-c',
  'umask 077; exec "$@"',
  'sh',
];
