/** systemd as the first process of a root, in namespaces below those of its host. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Host } from '../../cluster/support/host.js';
import { until } from '../../cluster/support/run.js';
import { must } from './must.js';

export interface Booted {
  /** Command words that enter it; a program and its arguments follow. */
  readonly enter: readonly string[];
  /** Removes what it had of the machine. To be called when its host has ended. */
  cleanUp(): Promise<void>;
}

/** Where the machine has the one hierarchy of control groups that systemd needs; undefined where it has none. */
export function controlGroups(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
}

/**
 * What a container manager does: devices of its own that harm nobody, the kernel's settings and the machine's devices
 * to be read only, a group of processes of its own, and no right to load modules into the machine's kernel.
 */
const prepare = `
  mount -t proc proc "$0/proc"
  mount --bind "$0/proc/sys" "$0/proc/sys"; mount -o remount,ro,bind "$0/proc/sys"
  mount -t sysfs -o ro sysfs "$0/sys"
  mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$0/dev"
  for node in null zero full random urandom tty fuse; do
    if [ -e "/dev/$node" ]; then : >"$0/dev/$node"; mount --bind "/dev/$node" "$0/dev/$node"; fi
  done
  mkdir "$0/dev/pts" "$0/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$0/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
  ln -s pts/ptmx "$0/dev/ptmx"; ln -s /proc/self/fd "$0/dev/fd"
  exec setpriv --bounding-set=-sys_module chroot "$0" env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"`;

/** The first program of a root that becomes systemd in the end. */
interface FirstProgram {
  readonly command: readonly string[];
  /** Arguments by which pgrep finds the systemd that it has become. */
  readonly systemd: readonly string[];
}

const systemdItself: FirstProgram = {
  command: ['/lib/systemd/systemd', '--unit=multi-user.target'],
  systemd: ['--exact', 'systemd'],
};

/** @returns when everything that starts by itself has started */
export async function bootSystemd(host: Host, place: string, first: FirstProgram = systemdItself): Promise<Booted> {
  const group = `${controlGroups()}/ldm-test-${randomBytes(6).toString('hex')}`;
  const namespaces = 'unshare --pid --fork --kill-child --mount --cgroup';
  const program = host.start(
    [
      'sh',
      '-euc',
      `mkdir ${group}; echo 0 >${group}/cgroup.procs; exec ${namespaces} sh -euc "$@"`,
      'boot',
      prepare,
      place,
      ...first.command,
    ],
    { timeoutMs: 3_600_000 },
  );
  let pid = '';
  await until(
    'systemd runs',
    async () => {
      pid = (await host.run(['pgrep', '--oldest', ...first.systemd])).stdout.trim();
      return pid !== '';
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; the first program said:\n${program.stdout()}${program.stderr()}`);
  });
  const enter = ['nsenter', '--target', pid, '--all', '--root', '--wd', '--'];
  let state = '';
  await until(
    'systemd has started everything',
    async () => {
      state = (await host.run([...enter, 'systemctl', 'is-system-running'])).stdout.trim();
      return state === 'running' || state === 'degraded';
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${state}`);
  });
  return {
    enter,
    async cleanUp() {
      await must(['find', group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
    },
  };
}
