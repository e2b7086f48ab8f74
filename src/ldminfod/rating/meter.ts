import { join } from 'node:path';
import { readText } from '../../shared/files/files.js';
import type { Load } from './load.js';
import { createLoadReader } from './load-reader.js';
import { countSshSockets, type SshPlace, type SshSockets } from './ssh-sockets.js';
import { createStartupsReader } from './sshd-startups.js';

export interface MeterOptions {
  /** `/proc`, or a test's folder. */
  readonly procRoot: string;
  readonly sshdPidFile: string;
  readonly ssh: SshPlace;
  readonly cores: number;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  /** Processor time that this process has used so far, ms. On a busy machine, much less than the elapsed time. */
  readonly cpuTimeMs: () => number;
}

export interface Metrics {
  readonly load: Load;
  /** ms since the load was measured. */
  readonly loadAgeMs: number;
  readonly ssh: SshSockets;
  /** Connections that are not logged in yet; null where sshd does not report them. */
  readonly pending: number | null;
}

/** The kernel averages the load over 10 s or more, so reading it more often gives nothing new. */
const loadEveryMs = 1_000;

/**
 * A reading is repeated when 20 times its cost has passed, so it uses at most 5 % of a core. The cost is processor time,
 * not elapsed time: on an overloaded server a reading takes longer, and it must not become rare there.
 */
const costShare = 20;
const pauseAfter = (cost: number): number => Math.min(loadEveryMs, costShare * cost);

interface Count {
  readonly ssh: SshSockets;
  /** sshd's startups at the time of the count. */
  readonly startups: number | null;
  readonly until: number;
}

/**
 * Measures only when asked. The load is read at most once a second. A login burst changes more within a second, so two
 * further values are read at the time of the answer, as often as their cost allows:
 *
 * - the kernel's socket tables, which have the exact number of connections. Reading them costs 5 ms or more on a server
 *   with much memory, even with few sockets, so the values are about 100 ms old, and at most a second;
 * - the number of logins in progress that sshd reports, which costs 0.05 ms. Its increase since the last reading of the
 *   tables is added to the connections, so that the rating falls with each login immediately.
 */
export function createMeter({ procRoot, sshdPidFile, ssh: place, cores, now, cpuTimeMs }: MeterOptions): () => Metrics {
  const read = (path: string): string | undefined => readText(join(procRoot, path));
  const readStartups = createStartupsReader({ procRoot, port: place.port, pidFile: sshdPidFile, now });
  let load: { readonly value: Load; readonly at: number } | undefined;
  let count: Count | undefined;
  let reported: { readonly startups: number | null; readonly until: number } | undefined;
  let arrived = 0;

  const readLoad = createLoadReader({ procRoot, cores });
  const countNow = (startups: number | null): Count => {
    const before = cpuTimeMs();
    const ssh = countSshSockets([read('net/tcp') ?? '', read('net/tcp6') ?? ''], place);
    return { ssh, startups, until: now() + pauseAfter(cpuTimeMs() - before) };
  };

  return () => {
    const at = now();
    if (load === undefined || at - load.at >= loadEveryMs) load = { value: readLoad().load, at };
    if (reported === undefined || at >= reported.until) {
      const before = cpuTimeMs();
      const startups = readStartups();
      reported = { startups, until: now() + pauseAfter(cpuTimeMs() - before) };
    }
    if (count === undefined || at >= count.until) {
      count = countNow(reported.startups);
      arrived = 0;
    }
    const { startups } = reported;
    // The maximum, since a login that has finished meanwhile is no longer a startup, but its connection remains.
    if (startups !== null && count.startups !== null) arrived = Math.max(arrived, startups - count.startups);
    const connections = count.ssh.connections + arrived;
    return {
      load: load.value,
      loadAgeMs: Math.floor(at - load.at),
      ssh: { listening: count.ssh.listening, connections },
      // The two values are read at different times, so the startups can exceed the connections.
      pending: startups === null ? null : Math.min(startups, connections),
    };
  };
}
