import { isUsable, type ServerStatus } from '../servers/server-status.js';
import type { Settings } from '../settings/settings.js';
import { pause } from '../shared/abort.js';
import { errorMessage } from '../shared/errors.js';
import type { Log } from '../shared/log/log.js';
import type { ServerAddress } from '../shared/server-address.js';
import type { ServerMonitor } from './server-monitor.js';

export interface WakingDependencies {
  readonly settings: Settings;
  readonly monitor: ServerMonitor;
  /** Switches the machine with this hardware address on. */
  readonly sendMagicPacket: (mac: string) => Promise<void>;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly log: Log;
}

/** ms between two questions whether a server is up. */
const askEveryMs = 3_000;
/** ms after which the next server is woken too: the one before may be broken. */
const nextAfterMs = 45_000;

/**
 * Wakes servers, one after the other, and waits for the first that can be used. Ends in bounded time
 * (`LDM_WAKE_TIMEOUT`), and with the signal. Never throws.
 * @param asleep in the order in which they are woken
 * @param tell called with all servers that were woken so far, each time that one is added
 * @returns the server; undefined where none came
 */
export async function wakeServers(
  asleep: readonly ServerAddress[],
  { settings, monitor, sendMagicPacket, now, log }: WakingDependencies,
  tell: (servers: readonly string[]) => void,
  signal: AbortSignal,
): Promise<ServerStatus | undefined> {
  const began = now();
  const woken: ServerAddress[] = [];
  while (!signal.aborted && now() - began < settings.wakeTimeoutMs) {
    const next = asleep[woken.length];
    if (next !== undefined && now() - began >= woken.length * nextAfterMs) {
      woken.push(next);
      tell(woken.map(({ name }) => name));
    }
    // The packet may be lost, and a machine that is just switching off does not hear it.
    for (const server of woken) {
      const mac = monitor.macOf(server);
      if (mac === undefined) continue;
      await sendMagicPacket(mac).catch((error: unknown) =>
        log.warn('wake-failed', { server: server.name, problem: errorMessage(error) }),
      );
    }
    await pause(askEveryMs, signal);
    if (signal.aborted) return undefined;
    const statuses = await Promise.all(woken.map((server) => monitor.askOne(server)));
    const up = statuses.find(isUsable);
    if (up !== undefined) {
      log.info('server-woken', { server: up.server.name, ms: Math.round(now() - began) });
      return up;
    }
  }
  return undefined;
}
