import { join } from 'node:path';
import { readText } from '../../shared/files/files.js';

/**
 * Limits of control groups, of both versions (cgroups(7)). A server can be a container, and its sessions can be limited
 * by `user.slice`.
 */

/** The directories of one group in the mounted hierarchies. Version 1 has a hierarchy for each controller. */
export interface Group {
  /** The path for messages to administrators. */
  readonly name: string;
  readonly unified: string | undefined;
  readonly cpu: string | undefined;
  readonly cpuset: string | undefined;
  readonly memory: string | undefined;
}

export interface GroupLimits {
  /** Processor time, in cores; null without a limit. */
  readonly cpu: number | null;
  /** Number of processors that can be used; null where the kernel does not report it. */
  readonly cpuset: number | null;
  /** KiB; null without a limit. */
  readonly memory: number | null;
  /** KiB of that limit that new programs can use: unused memory, and caches that the kernel can free. */
  readonly memoryAvailable: number | null;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** /proc/self/mountinfo: `31 23 0:28 ROOT POINT OPTIONS [...] - TYPE SOURCE SUPER-OPTIONS`. */
function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ');
    const [type = '', , options = ''] = after.split(' ');
    return { root, point, type, options: options.split(',') };
  });
}

/** Whether lxcfs provides /proc/meminfo: the numbers of the container instead of those of its host. */
export function hasLxcfsMemory(mountinfo: string): boolean {
  return parseMounts(mountinfo).some(({ point, type }) => point === '/proc/meminfo' && type === 'fuse.lxcfs');
}

/**
 * The groups whose limits apply to sessions: that of the first process, all above it, and `user.slice` below, where
 * logind puts sessions. The group of this process does not count: the service has limits that sessions do not have.
 * @param initCgroup text of /proc/1/cgroup
 * @returns the outermost first
 */
export function sessionGroups(mountinfo: string, initCgroup: string): Group[] {
  const mounts = parseMounts(mountinfo);
  const folder = (mount: Mount | undefined, controller: string): string[] | undefined =>
    mount && foldersOf(mount, groupPath(initCgroup, controller));
  const version1 = (controller: string): Mount | undefined =>
    mounts.findLast(({ type, options }) => type === 'cgroup' && options.includes(controller));
  const hierarchies = {
    unified: folder(
      mounts.findLast(({ type }) => type === 'cgroup2'),
      '',
    ),
    cpu: folder(version1('cpu'), 'cpu'),
    cpuset: folder(version1('cpuset'), 'cpuset'),
    memory: folder(version1('memory'), 'memory'),
  };
  const depth = Math.max(...Object.values(hierarchies).map((folders) => folders?.length ?? 0));
  return Array.from({ length: depth }, (_, index) => {
    // Counted from the innermost group, which all hierarchies have in common.
    const at = (folders: string[] | undefined): string | undefined => folders?.at(index - depth);
    const group = {
      unified: at(hierarchies.unified),
      cpu: at(hierarchies.cpu),
      cpuset: at(hierarchies.cpuset),
      memory: at(hierarchies.memory),
    };
    return { ...group, name: group.unified ?? group.memory ?? group.cpu ?? '' };
  });
}

/** The path of a process in one hierarchy: lines `ID:CONTROLLERS:PATH`, without controllers for version 2. */
function groupPath(cgroup: string, controller: string): string {
  for (const line of cgroup.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers.split(',').includes(controller)) return path.join(':');
  }
  return '/';
}

/** @returns the directories from the mount point to the group of the first process, and `user.slice` below it */
function foldersOf({ root, point }: Mount, path: string): string[] {
  // systemd runs in a group of its own.
  const own = path.replace(/\/init\.scope$/, '');
  // Docker mounts the group of the container, but the path is that of the host.
  const below = `${own}/`.startsWith(`${root}/`) ? own.slice(root.length) : own;
  const names = [...(below.includes('..') ? [] : below.split('/').filter(Boolean)), 'user.slice'];
  return [point, ...names.map((_, index) => join(point, ...names.slice(0, index + 1)))];
}

const none: GroupLimits = { cpu: null, cpuset: null, memory: null, memoryAvailable: null };

/** @param root prefix of all paths: `/`, or a test's directory */
export function readLimits(group: Group, root: string): GroupLimits {
  const read = (folder: string | undefined, file: string): string =>
    folder === undefined ? '' : (readText(join(root, folder, file)) ?? '');
  const memory = memoryLimit((file) => read(group.unified, file)) ?? memoryLimit1((file) => read(group.memory, file));
  return {
    ...none,
    cpu: quota(read(group.unified, 'cpu.max')) ?? quota(quota1((file) => read(group.cpu, file))),
    cpuset: countCpus(read(group.unified, 'cpuset.cpus.effective') || read(group.cpuset, 'cpuset.effective_cpus')),
    ...memory,
  };
}

/** `200000 100000`: 200000 of every 100000 µs, so 2 cores. `max 100000` and `-1 100000` mean no limit. */
function quota(text: string): number | null {
  const [, used, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  return Number(used) > 0 && Number(period) > 0 ? Number(used) / Number(period) : null;
}

function quota1(read: (file: string) => string): string {
  return `${read('cpu.cfs_quota_us').trim()} ${read('cpu.cfs_period_us')}`;
}

/** `0-3,8`: five processors. */
export function countCpus(text: string): number | null {
  const ranges = text
    .trim()
    .split(',')
    .map((range) => /^(\d+)(?:-(\d+))?$/.exec(range));
  const count = ranges.reduce((sum, range) => sum + Number(range?.[2] ?? range?.[1]) - Number(range?.[1]) + 1, 0);
  return count > 0 ? count : null;
}

type MemoryLimit = Pick<GroupLimits, 'memory' | 'memoryAvailable'>;

function memoryLimit(read: (file: string) => string): MemoryLimit | undefined {
  // Above memory.high, the kernel throttles the processes.
  const limit = Math.min(bytes(read('memory.max')), bytes(read('memory.high')));
  const stat = read('memory.stat');
  const freed = ['inactive_file', 'active_file', 'slab_reclaimable'].map((name) => statistic(stat, name));
  return withAvailable(limit, bytes(read('memory.current')), freed);
}

function memoryLimit1(read: (file: string) => string): MemoryLimit | undefined {
  const limit = Math.min(
    bytes(read('memory.limit_in_bytes')),
    statistic(read('memory.stat'), 'hierarchical_memory_limit'),
  );
  const stat = read('memory.stat');
  const freed = ['total_inactive_file', 'total_active_file'].map((name) => statistic(stat, name));
  return withAvailable(limit, bytes(read('memory.usage_in_bytes')), freed);
}

/** Without a limit, version 1 has a number near 2^63. */
const unlimited = 2 ** 60;

function withAvailable(limit: number, used: number, freed: readonly number[]): MemoryLimit | undefined {
  if (!(limit < unlimited) || !Number.isFinite(used)) return undefined;
  const available = limit - used + freed.reduce((sum, one) => sum + (Number.isFinite(one) ? one : 0), 0);
  return {
    memory: Math.floor(limit / 1_024),
    memoryAvailable: Math.floor(Math.min(limit, Math.max(0, available)) / 1_024),
  };
}

/** `max` and a missing file mean no limit. */
function bytes(text: string): number {
  return /^\d+\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function statistic(stat: string, name: string): number {
  const digits = new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1];
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits);
}
