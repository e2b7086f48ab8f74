import type { ServerAddress } from '../../shared/server-address.js';

/** What the rule `affinity` needs: affinity.ts. */
export interface Affinity {
  /** The user's own number for a server, in [0, 1): always the same. */
  readonly numberOf: (server: ServerAddress) => number;
  /** The second is taken where it rates more than this higher than the first. */
  readonly points: number;
}

/** What a choice depends on beside the servers' answers. */
export interface BalancingContext {
  /** The monotonic clock that `askedAt` was read from, in ms; null where it is not known: no rating counts as fresh. */
  readonly now: number | null;
  /** Whether a login failed there lately: it comes after the servers that are as usable. */
  readonly isDemoted: (server: ServerAddress) => boolean;
  /** A server is a candidate before all those of higher pools, 0-65535: SRV's priority. Without it there is one pool. */
  readonly poolOf?: (server: ServerAddress) => number;
  /** What counts as its capacity, whatever it tells itself: SRV's weight. Undefined where nothing is said. */
  readonly weightOf?: (server: ServerAddress) => number | undefined;
  /** How many of the things that the user has picked a server says it lacks: it comes after those that lack fewer. */
  readonly lacks?: ((server: ServerAddress) => number) | undefined;
  /** Under `affinity` alone: whose servers they are. Without it the draw is at random. */
  readonly affinity?: Affinity | undefined;
}

export const emptyContext: BalancingContext = { now: null, isDemoted: () => false };

/**
 * The place of a server's tier: all of a lower tier are candidates before it. Pools in order, the demoted behind; and
 * before all that, whoever has picked a session comes to a server that has it, though it be a spare.
 */
export function tierOf(server: ServerAddress, { isDemoted, poolOf, lacks }: BalancingContext): number {
  return (poolOf?.(server) ?? 0) + (isDemoted(server) ? 0x10000 : 0) + (lacks?.(server) ?? 0) * 0x20000;
}

/** The items by their tier, lowest first, each tier in the order of the items. */
export function inTiers<T>(items: readonly T[], tierOfItem: (item: T) => number): T[][] {
  const tiers = new Map<number, T[]>();
  for (const item of items) {
    const tier = tierOfItem(item);
    const members = tiers.get(tier);
    if (members) members.push(item);
    else tiers.set(tier, [item]);
  }
  return [...tiers].sort(([a], [b]) => a - b).map(([, members]) => members);
}
