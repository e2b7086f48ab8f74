/** How busy the machine is, from files in /proc. What a kernel does not report is null. */
export interface Load {
  /** Cores that sessions can use. With a limit of processor time, this can be a fraction. */
  readonly cores: number;
  /** The cores that `load1` refers to, where they differ: in a container, those of its host. */
  readonly loadCores?: number;
  /** Mean length of the run queue over the last minute: tasks that run or wait, on all these cores together. */
  readonly load1: number | null;
  /** Percent of the last 10 s in which some task had to wait for a processor. */
  readonly cpuPressure: number | null;
  /** KiB that sessions can use: without huge pages, which are reserved for programs that ask for them. */
  readonly memoryTotal: number | null;
  /** KiB that new programs can use without swapping, as the kernel estimates it. */
  readonly memoryAvailable: number | null;
  /** Percent of the last 10 s in which some task had to wait for memory. */
  readonly memoryPressure: number | null;
  /** Percent of the last 10 s in which all tasks that had work waited for a disk. */
  readonly diskPressure: number | null;
}

/** The texts of the files; undefined for a missing file. */
export interface LoadTexts {
  readonly loadavg: string | undefined;
  readonly meminfo: string | undefined;
  readonly cpuPressure: string | undefined;
  readonly memoryPressure: string | undefined;
  /** Statistics of the cache of ZFS. */
  readonly arcstats?: string | undefined;
  readonly diskPressure: string | undefined;
}

export function parseLoad(texts: LoadTexts, cores: number): Load {
  const { total, available } = parseMemory(texts);
  return {
    cores: Math.max(1, cores),
    load1: numberIn(texts.loadavg, /(\d+\.\d+) /),
    cpuPressure: numberIn(texts.cpuPressure, /some avg10=(\d+\.\d+)/),
    memoryTotal: total,
    memoryAvailable: available,
    memoryPressure: numberIn(texts.memoryPressure, /some avg10=(\d+\.\d+)/),
    diskPressure: numberIn(texts.diskPressure, /full avg10=(\d+\.\d+)/),
  };
}

/**
 * The kernel's estimate plus the cache of ZFS, which is freed like the page cache when programs need memory, but which
 * the kernel counts as used. Swap does not count, not even zram, since a desktop that is swapped out is not usable.
 */
function parseMemory({ meminfo, arcstats }: LoadTexts): { total: number | null; available: number | null } {
  const kib = (name: string): number | null => numberIn(meminfo, new RegExp(`^${name}:\\s+(\\d+)\\b`, 'm'));
  const all = kib('MemTotal');
  if (all === null) return { total: null, available: null };
  const total = all - hugePages(meminfo);
  // Kernels before 3.14, and containers that imitate them, do not have MemAvailable.
  const free = kib('MemFree');
  const caches = ['Buffers', 'Cached', 'SReclaimable'].reduce(
    (sum, name) => sum + (kib(name) ?? 0),
    -(kib('Shmem') ?? 0),
  );
  const available = kib('MemAvailable') ?? (free === null ? null : free + Math.max(0, caches));
  return { total, available: available === null ? null : Math.min(total, available + zfsCache(arcstats)) };
}

/** KiB that are reserved for programs that ask for huge pages. */
export function hugePages(meminfo: string | undefined): number {
  const number = (name: string): number => numberIn(meminfo, new RegExp(`^${name}:\\s+(\\d+)\\b`, 'm')) ?? 0;
  // Hugetlb includes all page sizes, since Linux 4.17.
  return number('Hugetlb') || number('HugePages_Total') * number('Hugepagesize');
}

/** KiB that the cache of ZFS can free: its size above its minimum. */
export function zfsCache(arcstats: string | undefined): number {
  const bytes = (name: string): number => numberIn(arcstats, new RegExp(`^${name}\\s+\\d+\\s+(\\d+)`, 'm')) ?? 0;
  return Math.max(0, Math.floor((bytes('size') - bytes('c_min')) / 1_024));
}

function numberIn(text: string | undefined, pattern: RegExp): number | null {
  const digits = pattern.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
