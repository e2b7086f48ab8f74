import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientHealth } from '../../../src/greeter/client/client-health.js';
import { CurrentDependencies } from '../../../src/greeter/current-dependencies.js';
import type { GreeterDependencies } from '../../../src/greeter/dependencies.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog } from '../../../src/shared/log/log.js';
import type { ServerAddress } from '../../../src/shared/server-address.js';
import { status } from '../../support/statuses.js';
import { healthy } from '../support/client-health.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Servers that answer when the test says so. */
function fakeMonitor(...statuses: ServerStatus[]) {
  const asked: string[] = [];
  const changes = new Set<() => void>();
  let complete = (): void => {};
  const monitor = {
    statuses: () => statuses,
    macOf: (_server: ServerAddress): string | undefined => undefined,
    onChange: (changed: () => void) => {
      changes.add(changed);
      return () => void changes.delete(changed);
    },
    readListAgain: () => void asked.push('list'),
    askAll: async (how: string) => {
      asked.push(how);
      return { complete: new Promise<void>((resolve) => (complete = resolve)) };
    },
  };
  return {
    monitor,
    asked,
    followers: changes,
    change: () => {
      for (const changed of changes) changed();
    },
    complete: async () => {
      complete();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

function make(
  servers: Pick<ReturnType<typeof fakeMonitor>, 'monitor'>,
  health: ClientHealth = healthy,
  login: object = {},
) {
  const events: string[] = [];
  const first = { monitor: servers.monitor, health, login } as unknown as GreeterDependencies;
  let renewed = first;
  let onNetwork = (): void => {};
  const mayAsk = { now: true };
  const watched = { count: 0, stopped: 0 };
  const current = new CurrentDependencies(
    first,
    {
      renewed: () => renewed,
      watchNetwork: (changed) => {
        watched.count += 1;
        onNetwork = changed;
        return () => {
          watched.stopped += 1;
        };
      },
    },
    {
      renewed: () => events.push('renewed'),
      learned: () => events.push('learned'),
      serversChanged: () => events.push('servers'),
      changed: () => events.push('changed'),
      mayAsk: () => mayAsk.now,
    },
  );
  return {
    current,
    events,
    watched,
    mayAsk,
    network: () => onNetwork(),
    renew: (own: object) => {
      renewed = { ...renewed, ...own } as GreeterDependencies;
    },
  };
}

describe('the current dependencies', () => {
  it('pass each answer on at once, and show the answers of a moment together', () => {
    const servers = fakeMonitor(status('s1'));
    const { current, events } = make(servers);
    current.followServers();
    servers.change();
    servers.change();
    expect(events).toEqual(['learned', 'learned']);
    vi.advanceTimersByTime(60);
    expect(events).toEqual(['learned', 'learned', 'servers']);
  });

  it('do nothing where settings and network are the same', () => {
    const servers = fakeMonitor(status('s1'));
    const { current, events } = make(servers);
    current.lookAgain();
    expect(events).toEqual([]);
    expect(servers.asked).toEqual([]);
  });

  it('take up new settings, and ask and follow new servers', async () => {
    const servers = fakeMonitor(status('s1'));
    const others = fakeMonitor(status('s2'));
    const { current, events, renew } = make(servers);
    current.followServers();
    renew({ monitor: others.monitor });
    current.lookAgain();
    expect(events).toEqual(['renewed', 'changed']);
    expect(others.asked).toEqual(['quick']);
    expect([servers.followers.size, others.followers.size]).toEqual([0, 1]);
  });

  it('ask nobody again where only the name of this client has changed', () => {
    const servers = fakeMonitor(status('s1'));
    const { current, events, renew } = make(servers);
    renew({ client: { name: 'other', address: null } });
    current.lookAgain();
    expect(events).toEqual(['renewed', 'changed']);
    expect(servers.asked).toEqual([]);
  });

  it('say that servers are being asked, until all have answered', async () => {
    const servers = fakeMonitor(status('s1'));
    const { current, events } = make(servers);
    void current.askServers('list too');
    expect(servers.asked).toEqual(['list', 'thorough']);
    expect(current.asking).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    await servers.complete();
    expect(current.asking).toBe(false);
    expect(events).toContain('servers');
  });

  it('ignore the end of a round that asked servers of earlier settings', async () => {
    const servers = fakeMonitor(status('s1'));
    const others = fakeMonitor(status('s2'));
    const { current, events, renew } = make(servers);
    void current.askServers();
    await vi.advanceTimersByTimeAsync(0);
    renew({ monitor: others.monitor });
    current.lookAgain();
    await vi.advanceTimersByTimeAsync(0);
    events.length = 0;
    await servers.complete();
    expect(current.asking).toBe(true);
    expect(events).toEqual([]);
  });

  it('watch the network once, and no longer when they are left', () => {
    const servers = fakeMonitor(status('s1'));
    const { current, watched } = make(servers);
    current.watchNetwork();
    current.watchNetwork();
    current.followServers();
    current.leave();
    expect(watched).toEqual({ count: 1, stopped: 1 });
    expect(servers.followers.size).toBe(0);
  });

  it('ask all servers again when the network comes and none was reachable', () => {
    const down = fakeMonitor(status('s1', { state: 'down', reason: 'unreachable' }));
    const one = make(down);
    one.current.watchNetwork();
    one.network();
    expect(down.asked).toEqual(['list', 'thorough']);
    const up = fakeMonitor(status('s1'));
    const other = make(up);
    other.current.watchNetwork();
    other.network();
    expect(up.asked).toEqual([]);
  });

  it('ask nobody while there is no network', () => {
    const down = fakeMonitor(status('s1', { state: 'down', reason: 'unreachable' }));
    const { current, network } = make(down, { ...healthy, hasAddress: false });
    current.watchNetwork();
    network();
    expect(down.asked).toEqual([]);
  });

  it('notice that this client is cut off, and say so once', () => {
    const down = fakeMonitor(status('s1', { state: 'down', reason: 'unreachable' }));
    const { current, events } = make(down, { ...healthy, hasAddress: false });
    current.lookAgain();
    expect(current.missing).toBe('address');
    current.lookAgain();
    expect(events).toEqual(['changed']);
  });

  it('notice that the network is gone, by asking again servers that had answered', () => {
    const up = fakeMonitor(status('s1'));
    const { network, current } = make(up, { ...healthy, hasAddress: false });
    current.watchNetwork();
    network();
    expect(up.asked).toEqual(['quick']);
  });

  it('ask again after a change of the network while servers were being asked', async () => {
    const down = fakeMonitor(status('s1', { state: 'down', reason: 'unreachable' }));
    const { network, current } = make(down);
    current.watchNetwork();
    void current.askServers();
    network();
    expect(down.asked).toEqual(['quick']);
    await down.complete();
    expect(down.asked).toEqual(['quick', 'list', 'thorough']);
    await down.complete();
    expect(down.asked).toHaveLength(3);
  });

  describe('while no server can be reached', () => {
    const none = () => fakeMonitor(status('s1', { state: 'down', reason: 'timeout' }));
    /** Longer than the first pause, and shorter than twice. */
    const firstMs = 13_000;

    it('ask again by themselves, less and less often', async () => {
      const servers = none();
      const { current } = make(servers);
      current.lookAgain();
      expect(servers.asked).toEqual([]);
      await vi.advanceTimersByTimeAsync(firstMs);
      expect(servers.asked).toEqual(['list', 'thorough']);
      await servers.complete();
      await vi.advanceTimersByTimeAsync(firstMs);
      expect(servers.asked).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(firstMs);
      expect(servers.asked).toHaveLength(4);
      await servers.complete();
      for (let hour = 0; hour < 30; hour += 1) {
        await vi.advanceTimersByTimeAsync(120_000);
        await servers.complete();
      }
      expect(servers.asked.length).toBeGreaterThanOrEqual(4 + 2 * 30);
      expect(servers.asked.length).toBeLessThanOrEqual(4 + 2 * 60);
    });

    it('ask nobody while somebody logs in, and later again', async () => {
      const servers = none();
      const { current, mayAsk } = make(servers);
      mayAsk.now = false;
      current.lookAgain();
      await vi.advanceTimersByTimeAsync(firstMs);
      expect(servers.asked).toEqual([]);
      mayAsk.now = true;
      await vi.advanceTimersByTimeAsync(2 * firstMs);
      expect(servers.asked).toEqual(['list', 'thorough']);
    });

    it('ask nobody once the windows are gone', async () => {
      const servers = none();
      const { current } = make(servers);
      current.lookAgain();
      current.leave();
      current.lookAgain();
      await vi.advanceTimersByTimeAsync(10 * firstMs);
      expect(servers.asked).toEqual([]);
    });

    it('wait for the kernel where the own network is what is missing', async () => {
      const servers = none();
      const { current } = make(servers, { ...healthy, hasAddress: false, link: 'no-cable' });
      current.lookAgain();
      await vi.advanceTimersByTimeAsync(10 * firstMs);
      expect(current.missing).toBe('cable');
      expect(servers.asked).toEqual([]);
    });
  });

  describe('switch on a server', () => {
    const asleep = status('s2', { state: 'down', reason: 'timeout' });
    function world(...statuses: ServerStatus[]) {
      const sent: string[] = [];
      const up = { now: false };
      const servers = fakeMonitor(...statuses);
      const monitor = {
        ...servers.monitor,
        macOf: ({ name }: ServerAddress) => (name === 's2' ? '02:00:00:00:00:02' : undefined),
        askOne: async () => (up.now ? status('s2') : asleep),
      };
      const login = {
        settings: readSettings({}),
        log: createLog(0, () => {}),
        now: () => Date.now(),
        sendMagicPacket: async (mac: string) => void sent.push(mac),
      };
      const made = make({ ...servers, monitor }, healthy, login);
      return { ...made, sent, up };
    }

    it('only where its hardware address is known, and it does not answer', () => {
      const { current } = world(asleep);
      expect(current.wakeOf(asleep)).toBe('possible');
      expect(current.wakeOf(status('s1', { state: 'down', reason: 'timeout' }))).toBe('no');
      expect(current.wakeOf(status('s2'))).toBe('no');
      expect(current.wakeOf(status('s2', { state: 'checking' }))).toBe('no');
    });

    it('until it answers, and show that', async () => {
      const { current, sent, up, events } = world(status('s1'), asleep);
      const woken = current.wake('s2');
      expect(current.wakeOf(asleep)).toBe('under-way');
      expect(events).toEqual(['servers']);
      await vi.advanceTimersByTimeAsync(7_000);
      expect(new Set(sent)).toEqual(new Set(['02:00:00:00:00:02']));
      up.now = true;
      await vi.advanceTimersByTimeAsync(3_000);
      await woken;
      expect(current.wakeOf(asleep)).toBe('possible');
      expect(events).toEqual(['servers', 'servers']);
    });

    it('once at a time, and no other', async () => {
      const { current, sent } = world(status('s1'), asleep);
      void current.wake('s2');
      void current.wake('s2');
      void current.wake('s1');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(sent).toHaveLength(1);
    });

    it('no longer than the windows are there', async () => {
      const { current, sent } = world(asleep);
      void current.wake('s2');
      current.leave();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(sent).toHaveLength(1);
    });
  });
});
