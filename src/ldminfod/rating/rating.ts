import type { Load } from './load.js';

/** The use of the ssh service. */
export interface Occupancy {
  /** Connections to the ssh port: running sessions and logins in progress. */
  readonly connections: number;
  /** The maximum number of sessions. */
  readonly capacity: number;
}

/** The free share of each resource as a user perceives it: percent, not rounded. */
export interface Headroom {
  readonly cpu: number;
  readonly memory: number;
  readonly sessions: number;
  readonly disk: number;
}

/**
 * The free share of each resource, which together make the rating.
 *
 * - **sessions**: `100 x (1 - connections / capacity)`. A connection counts from its handshake on, before the login shows
 *   in any load value. So a burst lowers the rating while it happens, and the next clients use other servers.
 * - **cpu**: the lower of two values. The first is the run queue per core (the one-minute load average): 100 up to 0.5, 0
 *   from 2. Below half a task per core no task waits; at two, everything takes twice as long. It is divided by the cores,
 *   since 8 tasks are many for 4 cores and few for 64 (the classic formula always divides by 8). The second is pressure,
 *   the share of the last 10 s in which a task waited for a processor: 100 up to 10 %, 0 from 90 %. It shows in seconds
 *   what the average shows in a minute, and does not count tasks that wait for a disk. In a container, the average is
 *   that of the host and is divided by the cores of the host; the pressure is that of the container.
 * - **memory**: the lower of two values. The first is MemAvailable: 100 while half of the memory is available, since more
 *   is of no use, and 0 at 5 %, which the kernel itself needs. The second is pressure on memory: 100 up to 1 %, 0 from
 *   20 %, where a desktop is unusable.
 * - **disk**: pressure, the share of the last 10 s in which all tasks that had work waited for a disk: 100 up to 20 %,
 *   then falling to 10. A desktop starts from the disk: in measurements (docs/ldminfod.md), the first window took twice as
 *   long at 60 % and twelve times as long at 97 %. It does not fall to 0, since a single backup on a fast disk can look the
 *   same. Moments in which only some tasks wait do not count, since a single job causes them all the time.
 *
 * cpu, memory and disk have a plateau at 100. If they were linear, the usual 85 % of available memory on an idle server
 * would hide the first logins of a burst, since the rating is the lowest part.
 *
 * Idle sessions count as much as active ones. The kernel's tables do not tell them apart: client and server ask each
 * other every few seconds whether they are still there, so every connection looks busy. A session that is idle in the
 * morning is also at work by noon, and it keeps its memory.
 */
export function headroom(load: Load, { connections, capacity }: Occupancy): Headroom {
  // A resource that the kernel does not report counts as free.
  const runQueue = falling((load.load1 ?? 0) / (load.loadCores ?? load.cores), 0.5, 2);
  const waiting = falling(load.cpuPressure ?? 0, 10, 90);
  const stalled = falling(load.memoryPressure ?? 0, 1, 20);
  const used = load.memoryTotal && load.memoryAvailable !== null ? 1 - load.memoryAvailable / load.memoryTotal : 0;
  return {
    cpu: Math.min(runQueue, waiting),
    memory: Math.min(falling(used, 0.5, 0.95), stalled),
    sessions: falling(connections, 0, capacity),
    disk: minDiskPart + ((100 - minDiskPart) / 100) * falling(load.diskPressure ?? 0, 20, 100),
  };
}

/**
 * The rating: the lowest part, 1-100, or 0 when the server is full. It is never 0 because of load alone: 0 means "takes
 * no logins" to a client, and a server that is busy for a minute is still better than none.
 */
export function rate(load: Load, occupancy: Occupancy): number {
  if (occupancy.connections >= occupancy.capacity) return 0;
  const { cpu, memory, sessions, disk } = headroom(load, occupancy);
  return Math.max(1, Math.floor(Math.min(cpu, memory, sessions, disk)));
}

/** The disk part while all tasks wait for a disk. */
const minDiskPart = 10;

/** 100 up to `full`, 0 from `empty`, linear in between. */
function falling(value: number, full: number, empty: number): number {
  return 100 * Math.min(1, Math.max(0, (empty - value) / (empty - full)));
}

/** KiB of one desktop with a browser, and of the system itself. */
const sessionMemory = 512 * 1024;
const systemMemory = 1024 * 1024;
const sessionsPerCore = 10;
/** A test machine of 1 or 2 GB takes a few logins. The memory part of the rating falls when they are too many. */
const minCapacity = 4;

/**
 * The default capacity: 512 MiB per session after 1 GiB for the system, or 10 sessions per core, whichever is lower; at
 * least 4.
 */
export function defaultCapacity(load: Load): number {
  const byMemory =
    load.memoryTotal === null
      ? Number.POSITIVE_INFINITY
      : Math.floor((load.memoryTotal - systemMemory) / sessionMemory);
  return Math.max(minCapacity, Math.min(byMemory, Math.floor(load.cores * sessionsPerCore)));
}
