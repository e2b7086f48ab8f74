import type { Load } from './load.js';

/** Where the ssh service stands. */
export interface Occupancy {
  /** Connections to the ssh port: sessions that run and logins under way. */
  readonly connections: number;
  /** How many of them this server can bear. */
  readonly capacity: number;
}

/** Percent of what a user would feel as free, 0-100 each, not rounded. */
export interface Headroom {
  readonly cpu: number;
  readonly memory: number;
  readonly sessions: number;
  readonly disk: number;
}

/**
 * What a login can expect here, part by part.
 *
 * - **sessions**: `100 x (1 - connections / capacity)`. A connection counts from its handshake on, before anything of
 *   the login shows in a load figure, so a burst lowers the rating while it happens and the next clients go elsewhere.
 * - **cpu**: the lesser of two. Run queue per core (the one-minute load average): 100 up to 0.5, 0 from 2 on. Below
 *   half a task a core nobody waits; at two, everything takes twice as long. Divided by the cores, since 8 tasks are
 *   much for 4 cores and nothing for 64 (the classic formula divides by 8 everywhere). And pressure, the share of the
 *   last 10 s in which a task waited for a processor: 100 up to 10 %, 0 from 90 % on; it sees in seconds what the
 *   average sees in a minute, and is not fooled by tasks that wait for a disk. In a container, the average is that of the
 *   host and is divided by the cores of the host; pressure is that of the container.
 * - **memory**: the lesser of two. MemAvailable: 100 while half of the memory is available, 0 when 5 % are, since more
 *   of what is free already serves nobody, and the last twentieth is what the kernel needs to live. And pressure on
 *   memory: 100 up to 1 %, 0 from 20 % on: a desktop that stands still every fifth moment is unusable.
 * - **disk**: pressure, the share of the last 10 s in which all tasks that had work waited for a disk: 100 up to 20 %,
 *   then falling to 10 and never below. A desktop starts from the disk: measured (docs/ldminfod.md), the first window came
 *   twice as late at 60 % and twelve times as late at 97 %, as it does where tasks wait for processors. Not to 0, since
 *   a single backup on a fast disk may look the same. Moments in which only some tasks wait do not count: a single job
 *   makes one of them of every moment.
 *
 * cpu, memory and disk have a plateau at 100 on purpose: were they linear, an idle server's ordinary 85 % of available
 * memory would hide the first logins of a burst, as the rating is the least of the parts.
 *
 * Idle sessions count as much as active ones. The kernel's tables do not tell them apart: client and server ask each
 * other every few seconds whether they are still there, so every connection looks busy. A session that is idle in the
 * morning is also at work by noon, and it keeps its memory.
 */
export function headroom(load: Load, { connections, capacity }: Occupancy): Headroom {
  const runQueue = load.load1 === null ? 100 : falling(load.load1 / (load.loadCores ?? load.cores), 0.5, 2);
  const waiting = load.cpuPressure === null ? 100 : falling(load.cpuPressure, 10, 90);
  const stalled = load.memoryPressure === null ? 100 : falling(load.memoryPressure, 1, 20);
  const used =
    load.memoryTotal === null || load.memoryAvailable === null || load.memoryTotal === 0
      ? 0
      : 1 - load.memoryAvailable / load.memoryTotal;
  return {
    cpu: Math.min(runQueue, waiting),
    memory: Math.min(falling(used, 0.5, 0.95), stalled),
    sessions: falling(connections, 0, capacity),
    disk:
      load.diskPressure === null
        ? 100
        : minDiskPart + ((100 - minDiskPart) / 100) * falling(load.diskPressure, 20, 100),
  };
}

/**
 * The rating: the least of the parts, 1-100, and 0 when the server is full. It is never 0 for load alone: 0 means
 * "takes nobody" to a client, and a server that is busy for a minute is still better than none.
 */
export function rate(load: Load, occupancy: Occupancy): number {
  if (occupancy.connections >= occupancy.capacity) return 0;
  const { cpu, memory, sessions, disk } = headroom(load, occupancy);
  return Math.max(1, Math.floor(Math.min(cpu, memory, sessions, disk)));
}

/** What is left of the disk's part when nothing gets anything from it. */
const minDiskPart = 10;

/** 100 up to `full`, 0 from `empty` on, a straight line between. */
function falling(value: number, full: number, empty: number): number {
  return 100 * Math.min(1, Math.max(0, (empty - value) / (empty - full)));
}

/** KiB of one desktop with a browser, and of the system below all of them. */
const sessionMemory = 512 * 1024;
const systemMemory = 1024 * 1024;
const sessionsPerCore = 10;
/** A trial machine of 1 or 2 GB takes a few logins; the memory part of the rating speaks up when they are too many. */
const minCapacity = 4;

/**
 * Capacity where the administrator gives none: 512 MiB a session beside 1 GiB for the system, and 10 sessions a core,
 * whichever allows fewer; at least 4.
 */
export function defaultCapacity(load: Load): number {
  const byMemory =
    load.memoryTotal === null
      ? Number.POSITIVE_INFINITY
      : Math.floor((load.memoryTotal - systemMemory) / sessionMemory);
  return Math.max(minCapacity, Math.min(byMemory, Math.floor(load.cores * sessionsPerCore)));
}
