import { ownNumbers } from '../../src/servers/balancing/affinity.js';
import { type ServerStatus, uncheckedStatus } from '../../src/servers/server-status.js';
import { parseServerAddress, type ServerAddress } from '../../src/shared/server-address.js';

export function address(name: string): ServerAddress {
  const server = parseServerAddress(name, 22);
  if (server === undefined) throw new Error(`${name} names no server`);
  return server;
}

/** An answer of just now (the clock stands at 0), with what the test cares for. */
export function status(name: string, known: Partial<ServerStatus> = {}): ServerStatus {
  return { ...uncheckedStatus(address(name), 0), state: 'up', ratingAgeMs: 0, ...known };
}

export function names(statuses: readonly ServerStatus[]): string[] {
  return statuses.map(({ server }) => server.name);
}

/** The names in the user's own order under `affinity`, where no server says how large it is. */
export function ownOrder(user: string, servers: readonly string[]): string[] {
  const numberOf = ownNumbers(user);
  return servers.toSorted((a, b) => numberOf(address(a)) - numberOf(address(b)));
}

/** How often each name comes first in so many tries. */
export function firstPlaces(tries: number, order: () => readonly ServerStatus[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < tries; i++) {
    const first = names(order())[0] ?? 'nobody';
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}
