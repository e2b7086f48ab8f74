import { join } from 'node:path';
import { readText } from './files.js';
import { type Load, parseLoad } from './load.js';
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
}

export interface Figures {
  readonly load: Load;
  /** ms since the load was measured. */
  readonly loadAgeMs: number;
  readonly ssh: SshSockets;
  /** Connections that are not signed in yet; null where sshd does not tell. */
  readonly pending: number | null;
}

/** Load is averaged by the kernel over 10 s and more; asking oftener than this tells nothing new. */
const loadEveryMs = 1_000;

/** Connections are counted anew once 20 times the time that the last count took has passed: at most 5 % of a core. */
const countCostShare = 20;

/**
 * Measures when asked and never by itself. The load is read at most once a second, whoever asks. The connections are
 * what a login burst changes within that second, so they are counted at the time of the answer as long as that is
 * cheap: a count costs some 0.1 ms on a quiet server, which makes it 2 ms old at most, and 10 ms on one with tens of
 * thousands of sockets, which makes it 200 ms old; never more than a second.
 */
export function createMeter({ procRoot, sshdPidFile, ssh: place, cores, now }: MeterOptions): () => Figures {
  const read = (path: string): string | undefined => readText(join(procRoot, path));
  const startups = createStartupsReader({ procRoot, port: place.port, pidFile: sshdPidFile, now });
  let load: { readonly value: Load; readonly at: number } | undefined;
  let count: { readonly ssh: SshSockets; readonly pending: number | null; readonly until: number } | undefined;

  const measureLoad = (at: number) => ({
    at,
    value: parseLoad(
      {
        loadavg: read('loadavg'),
        meminfo: read('meminfo'),
        cpuPressure: read('pressure/cpu'),
        memoryPressure: read('pressure/memory'),
      },
      cores,
    ),
  });
  const countNow = (at: number) => {
    const ssh = countSshSockets([read('net/tcp') ?? '', read('net/tcp6') ?? ''], place);
    const told = startups();
    const end = now();
    return {
      ssh,
      // sshd's word is the split, the kernel's is the sum: a title can never add to it.
      pending: told === null ? null : Math.min(told, ssh.connections),
      until: end + Math.min(loadEveryMs, countCostShare * (end - at)),
    };
  };

  return () => {
    const at = now();
    if (load === undefined || at - load.at >= loadEveryMs) load = measureLoad(at);
    if (count === undefined || at >= count.until) count = countNow(at);
    return { load: load.value, loadAgeMs: Math.floor(at - load.at), ssh: count.ssh, pending: count.pending };
  };
}
