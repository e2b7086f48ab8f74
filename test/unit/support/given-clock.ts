import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';

export interface GivenClock {
  /** Moves the clock on, and lets the sockets do what follows. */
  pass(ms: number): Promise<void>;
  /** Lets the sockets do what there is to do; loopback does not take long. */
  settle(isDone?: () => boolean): Promise<void>;
}

/** In the tests of a group, timers and the monotonic clock stand still until they are moved. Sockets work as always. */
export function useGivenClock(): GivenClock {
  let now = 0;
  beforeEach(() => {
    now = 1_000_000;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  async function settle(isDone = (): boolean => false): Promise<void> {
    for (let turns = 0; turns < 20 && !isDone(); turns += 1) await sleep(1);
  }
  return {
    settle,
    async pass(ms) {
      now += ms;
      vi.advanceTimersByTime(ms);
      await settle();
    },
  };
}
