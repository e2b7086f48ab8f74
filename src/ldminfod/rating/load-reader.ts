import { readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readText } from '../../shared/files/files.js';
import { countCpus, type Group, type GroupLimits, hasLxcfsMemory, readLimits, sessionGroups } from './cgroup.js';
import { hugePages, type Load, parseLoad, zfsCache } from './load.js';

export interface LoadReaderOptions {
  /** `/proc`, or a test's directory. */
  readonly procRoot: string;
  /** Prefix of all other paths: `/`, or a test's directory. */
  readonly root?: string;
  /** Cores that this process can use. */
  readonly cores: number;
}

/** What the measured load is based on, for `ldminfod status --verbose`. */
export interface LoadBasis {
  readonly container: boolean;
  /** The groups that limit processor time and memory most; undefined without a limit. */
  readonly cpuLimit: string | undefined;
  readonly memoryLimit: string | undefined;
  /** The directory of the pressure files; undefined where the kernel has none. */
  readonly pressure: string | undefined;
  /** KiB. */
  readonly zfsCache: number;
  readonly hugePages: number;
}

export interface MeasuredLoad {
  readonly load: Load;
  readonly basis: LoadBasis;
}

/**
 * Measures the load of the machine, the container, or the limited group that sessions run in. A container sees the load
 * average and, without lxcfs, the memory of its host. Its limits and its pressure are in its control group.
 */
export function createLoadReader({ procRoot, root = '/', cores }: LoadReaderOptions): () => MeasuredLoad {
  const read = (path: string): string | undefined => readText(join(procRoot, path));
  const mountinfo = read('self/mountinfo') ?? '';
  const groups = sessionGroups(mountinfo, read('1/cgroup') ?? '');
  const container = isContainer(procRoot);
  const hostCores = container ? countCpus(readText(join(root, 'sys/devices/system/cpu/present')) ?? '') : null;
  // The cache belongs to the host. Where lxcfs reports the memory of the container, the cache is no part of it.
  const readArcstats = (): string | undefined =>
    hasLxcfsMemory(mountinfo) ? undefined : read('spl/kstat/zfs/arcstats');

  return () => {
    const limits = groups.map((group) => ({ group, ...readLimits(group, root) }));
    const pressure = pressureFolder(limits, container, root);
    const meminfo = read('meminfo');
    const arcstats = readArcstats();
    const texts = {
      loadavg: read('loadavg'),
      meminfo,
      arcstats,
      cpuPressure: pressureText('cpu', pressure),
      memoryPressure: pressureText('memory', pressure),
      diskPressure: pressureText('io', pressure),
    };
    const plain = parseLoad(texts, Math.min(cores, ...limits.map(({ cpuset }) => cpuset ?? cores)));
    const loadCores = container ? Math.max(plain.cores, hostCores ?? 0) : plain.cores;
    const { load, cpuLimit, memoryLimit } = withLimits({ ...plain, loadCores }, limits);
    const basis = { container, pressure, zfsCache: zfsCache(arcstats), hugePages: hugePages(meminfo) };
    return { load, basis: { ...basis, cpuLimit, memoryLimit } };
  };

  function pressureText(resource: 'cpu' | 'memory' | 'io', folder: string | undefined): string | undefined {
    if (folder === machinePressure) return read(`pressure/${resource}`);
    return folder === undefined ? undefined : readText(join(root, folder, `${resource}.pressure`));
  }
}

const machinePressure = '/proc/pressure';

type Limited = GroupLimits & { readonly group: Group };

/**
 * The processors that this process may use, without the limits of its control group: those are read for each answer, in
 * parts of a core. `availableParallelism()` subtracts them in whole cores, with libuv 1.49 or newer.
 */
export function ownProcessors(procRoot: string): number {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readText(join(procRoot, 'self/status')) ?? '') ?? [];
  return countCpus(list) ?? availableParallelism();
}

/** The load within the limits, of which the smallest count. */
function withLimits(
  load: Load,
  limits: readonly Limited[],
): { readonly load: Load; readonly cpuLimit: string | undefined; readonly memoryLimit: string | undefined } {
  let { cores, memoryTotal, memoryAvailable } = load;
  let cpuLimit: string | undefined;
  let memoryLimit: string | undefined;
  for (const { group, cpu, memory, memoryAvailable: left } of limits) {
    if (cpu !== null && cpu < cores) {
      cores = cpu;
      cpuLimit = group.name;
    }
    if (memory !== null && memory < (memoryTotal ?? Number.POSITIVE_INFINITY)) {
      memoryTotal = memory;
      memoryLimit = group.name;
    }
    if (left !== null) memoryAvailable = Math.min(memoryAvailable ?? left, left);
  }
  return { load: { ...load, cores, memoryTotal, memoryAvailable }, cpuLimit, memoryLimit };
}

/**
 * The directory with the pressure of the sessions: that of the innermost limited group, of the container, or of the
 * machine. The pressure of a host is not that of its containers.
 */
function pressureFolder(limits: readonly Limited[], container: boolean, root: string): string | undefined {
  const [slice, own] = [limits.at(-1), limits.at(-2)];
  const isLimited = slice !== undefined && (slice.cpu !== null || slice.memory !== null);
  // Only a group below the root has a type. The files at the root are those of the whole machine.
  const folders = [isLimited ? slice.group.unified : undefined, container ? own?.group.unified : undefined];
  const folder = folders.find((one) => one !== undefined && readText(join(root, one, 'cgroup.type')) !== undefined);
  return folder ?? (container ? undefined : machinePressure);
}

/** The initial namespace of processes has this number (PROC_PID_INIT_INO in Linux' proc_ns.h). */
function isContainer(procRoot: string): boolean {
  try {
    return readlinkSync(join(procRoot, 'self/ns/pid')) !== 'pid:[4026531836]';
  } catch {
    return false;
  }
}
