import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WakingDependencies, wakeServers } from '../../../src/login/waking.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import type { ServerAddress } from '../../../src/shared/server-address.js';
import { status } from '../../support/statuses.js';

const environment = { LDM_WAKE_TIMEOUT: '120' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Servers that are up so many ms after their first packet. */
function world(bootMs: Readonly<Record<string, number>>, change: Partial<WakingDependencies> = {}) {
  const sent: string[] = [];
  const booted = new Map<string, number>();
  const told: (readonly string[])[] = [];
  const names: Readonly<Record<string, string>> = { '02:00:00:00:00:01': 's1', '02:00:00:00:00:02': 's2' };
  const monitor = {
    macOf: ({ name }: ServerAddress) => Object.entries(names).find(([, one]) => one === name)?.[0],
    askOne: async (server: ServerAddress): Promise<ServerStatus> => {
      const up = Date.now() >= (booted.get(server.name) ?? Number.POSITIVE_INFINITY);
      return status(server.name, up ? {} : { state: 'down', reason: 'timeout' });
    },
  } as WakingDependencies['monitor'];
  const dependencies: WakingDependencies = {
    settings: readSettings(environment),
    monitor,
    sendMagicPacket: async (mac) => {
      const name = names[mac] ?? 'nobody';
      sent.push(name);
      if (!booted.has(name)) booted.set(name, Date.now() + (bootMs[name] ?? Number.POSITIVE_INFINITY));
    },
    now: () => Date.now(),
    log: createLog(0, () => {}),
    ...change,
  };
  const cancel = new AbortController();
  const asleep = ['s1', 's2'].map((name) => status(name).server);
  const woken = wakeServers(asleep, dependencies, (servers) => told.push(servers), cancel.signal);
  return { woken, sent, told, cancel };
}

describe('a server that is switched off', () => {
  it('is woken, asked from time to time, and used once it is up', async () => {
    const { woken, sent, told } = world({ s1: 20_000 });
    await vi.advanceTimersByTimeAsync(25_000);
    expect((await woken)?.server.name).toBe('s1');
    expect(new Set(sent)).toEqual(new Set(['s1']));
    // The packet may be lost.
    expect(sent.length).toBeGreaterThan(3);
    expect(told).toEqual([['s1']]);
  });

  it('is followed by the next one where it does not come', async () => {
    const { woken, told } = world({ s2: 10_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await woken)?.server.name).toBe('s2');
    expect(told).toEqual([['s1'], ['s1', 's2']]);
  });

  it('is given up in time', async () => {
    const { woken } = world({});
    await vi.advanceTimersByTimeAsync(124_000);
    expect(await woken).toBeUndefined();
  });

  it('is given up at once when the user cancels', async () => {
    const { woken, cancel } = world({});
    await vi.advanceTimersByTimeAsync(1_000);
    cancel.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(await woken).toBeUndefined();
  });

  it('is still waited for where a packet cannot be sent', async () => {
    const { woken } = world({}, { sendMagicPacket: () => Promise.reject(new Error('no network takes the packet')) });
    await vi.advanceTimersByTimeAsync(124_000);
    expect(await woken).toBeUndefined();
  });
});
