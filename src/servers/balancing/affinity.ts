/**
 * The rule `affinity`: everybody has an order of servers of his own, and comes back to the same two. Rendezvous hashing
 * makes it (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on
 * Networking 6(1), 1998), with the weights of Schindelhauer and Schomaker ("Weighted distributed hash tables", SPAA
 * 2005): each server gets a number from the user's and its own name, and of the keys -ln(number)/capacity the smallest
 * comes first. As no server's key depends on another server, one that comes takes its share from all and moves nobody
 * else, one that goes gives its users to all, and every client finds the same order without any memory of it.
 */

import { hash } from 'node:crypto';
import { serverKey } from '../../shared/server-address.js';
import { orderByNumber, weightedOrder } from '../../shared/weighted-order.js';
import type { ServerStatus } from '../server-status.js';
import type { Affinity, BalancingContext } from './balancing-context.js';

/** 13 hexadecimal digits are 52 bits, all that a number between 0 and 1 holds. */
const digits = 13;

/**
 * From a user to his number for each server: SHA-256 of `USER HOST PORT`, read as a fraction. Spelling moves nobody:
 * {@link serverKey} takes it out of the server's name, and a user's name is in small letters, since many directories
 * take it in any case.
 */
export function ownNumbers(user: string): Affinity['numberOf'] {
  const name = user.normalize('NFC').toLowerCase();
  return (server) => {
    const digest = hash('sha256', `${name} ${serverKey(server)}`);
    return Number.parseInt(digest.slice(0, digits), 16) / 16 ** digits;
  };
}

/** All of a group, each before the next with a probability by its weight: drawn anew, or under `affinity` the user's own. */
export type Draw = (group: readonly ServerStatus[], weightOf: (status: ServerStatus) => number) => ServerStatus[];

/** @param random uniform in [0, 1), as Math.random */
export function drawBy(random: () => number, { affinity }: Pick<BalancingContext, 'affinity'>): Draw {
  return affinity === undefined
    ? (group, weightOf) => weightedOrder(group, weightOf, random)
    : (group, weightOf) => orderByNumber(group, weightOf, ({ server }) => affinity.numberOf(server));
}
