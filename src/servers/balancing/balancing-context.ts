import type { ServerAddress } from '../../shared/server-address.js';

/** The input of the rule `affinity`: see affinity.ts. */
export interface Affinity {
  /** The user's constant number for a server, in [0, 1). */
  readonly numberOf: (server: ServerAddress) => number;
  /** The second server is taken if its rating is more than this many points higher than that of the first. */
  readonly points: number;
}

/** What a choice depends on besides the answers of the servers. */
export interface BalancingContext {
  /** The monotonic clock of `askedAt`, in ms; null where it is unknown, so that no rating counts as fresh. */
  readonly now: number | null;
  /** Whether a login has failed there recently. Such a server comes after all that are equally usable. */
  readonly isDemoted: (server: ServerAddress) => boolean;
  /** The pool of a server, 0-65535 (SRV priority). Lower pools come first. Without it, there is one pool. */
  readonly poolOf?: (server: ServerAddress) => number;
  /** The weight of a server (SRV weight), which overrides its capacity; undefined where there is none. */
  readonly weightOf?: (server: ServerAddress) => number | undefined;
  /** How many of the user's choices (session, language) a server lacks. It comes after servers that lack fewer. */
  readonly lacks?: ((server: ServerAddress) => number) | undefined;
  /** Only under `affinity`: the user's numbers. Without it, servers are drawn at random. */
  readonly affinity?: Affinity | undefined;
}

export const emptyContext: BalancingContext = { now: null, isDemoted: () => false };

/**
 * The tier of a server; lower tiers come first. What the server lacks of the user's choices counts most, then whether it is
 * demoted, then its pool.
 */
export function tierOf(server: ServerAddress, { isDemoted, poolOf, lacks }: BalancingContext): number {
  return (poolOf?.(server) ?? 0) + (isDemoted(server) ? 0x10000 : 0) + (lacks?.(server) ?? 0) * 0x20000;
}

/** Groups the items by tier, lowest first. Each tier keeps the order of the items. */
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
