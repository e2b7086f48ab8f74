import { join } from 'node:path';
import { readText } from '../files.js';
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
  /** A clock that never goes back; ms. */
  readonly now: () => number;
  /** Processor time that this process has used so far; ms. On a busy machine much less than has gone by. */
  readonly cpuTimeMs: () => number;
}

export interface Metrics {
  readonly load: Load;
  /** ms since the load was measured. */
  readonly loadAgeMs: number;
  readonly ssh: SshSockets;
  /** Connections that are not signed in yet; null where sshd does not tell. */
  readonly pending: number | null;
}

/** Load is averaged by the kernel over 10 s and more; asking oftener than this tells nothing new. */
const loadEveryMs = 1_000;

/**
 * What is read at the time of the answer is read anew once 20 times its cost has passed: at most 5 % of a core each. The
 * cost is processor time: on a server that is short of it a reading lasts longer, and just then it must not get rare.
 */
const costShare = 20;
const pauseAfter = (cost: number): number => Math.min(loadEveryMs, costShare * cost);

interface Count {
  readonly ssh: SshSockets;
  /** sshd's startups when it was taken. */
  readonly startups: number | null;
  readonly until: number;
}

/**
 * Measures when asked and never by itself. The load is read at most once a second, whoever asks. A login burst changes
 * more within that second, so two things are read at the time of the answer, as often as they are cheap:
 *
 * - the kernel's socket tables, the truth about connections. A walk through them costs 5 ms or more on a server with
 *   much memory, however few sockets it has, so they are some 100 ms old, and never more than a second;
 * - sshd's own word on its logins under way, which costs 0.05 ms. What it rose by since the last walk is added to the
 *   connections until the next one, so that the rating falls with the very login.
 */
export function createMeter({ procRoot, sshdPidFile, ssh: place, cores, now, cpuTimeMs }: MeterOptions): () => Metrics {
  const read = (path: string): string | undefined => readText(join(procRoot, path));
  const readStartups = createStartupsReader({ procRoot, port: place.port, pidFile: sshdPidFile, now });
  let load: { readonly value: Load; readonly at: number } | undefined;
  let count: Count | undefined;
  let told: { readonly startups: number | null; readonly until: number } | undefined;
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
    if (told === undefined || at >= told.until) {
      const before = cpuTimeMs();
      const startups = readStartups();
      told = { startups, until: now() + pauseAfter(cpuTimeMs() - before) };
    }
    if (count === undefined || at >= count.until) {
      count = countNow(told.startups);
      arrived = 0;
    }
    const { startups } = told;
    // The most that came at one time: who signed in meanwhile is no longer a startup, and still there.
    if (startups !== null && count.startups !== null) arrived = Math.max(arrived, startups - count.startups);
    const connections = count.ssh.connections + arrived;
    return {
      load: load.value,
      loadAgeMs: Math.floor(at - load.at),
      ssh: { listening: count.ssh.listening, connections },
      // sshd's word splits the kernel's sum; between the two readings it may be the larger.
      pending: startups === null ? null : Math.min(startups, connections),
    };
  };
}
