/**
 * The rule `affinity`: each user has an order of servers, and comes back to the same two. It is rendezvous hashing (Thaler
 * and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998) with
 * the weights of Schindelhauer and Schomaker ("Weighted distributed hash tables", SPAA 2005): each server gets a number
 * from the names of the user and the server, and the smallest key -ln(number)/capacity comes first. The key of a server
 * does not depend on other servers. So a new server takes its share of users from all others and moves no other user, the
 * users of a removed server are spread over all others, and every client computes the same order without storing it.
 */

import { hash } from 'node:crypto';
import { serverKey } from '../../shared/server-address.js';
import { orderByNumber, weightedOrder } from '../../shared/weighted-order.js';
import type { ServerStatus } from '../server-status.js';
import type { Affinity, BalancingContext } from './balancing-context.js';

/** 13 hexadecimal digits are 52 bits, the precision of a number between 0 and 1. */
const digits = 13;

/**
 * The user's number for each server: SHA-256 of `USER HOST PORT`, read as a fraction. Spelling does not matter:
 * {@link serverKey} normalizes the name of the server, and the name of the user is in lower case, since many directories
 * accept it in any case.
 */
export function ownNumbers(user: string): Affinity['numberOf'] {
  const name = user.normalize('NFC').toLowerCase();
  return (server) => {
    const digest = hash('sha256', `${name} ${serverKey(server)}`);
    return Number.parseInt(digest.slice(0, digits), 16) / 16 ** digits;
  };
}

/** Orders a group by weight: at random, or in the user's own order under `affinity`. */
export type Draw = (group: readonly ServerStatus[], weightOf: (status: ServerStatus) => number) => ServerStatus[];

/** @param random uniform in [0, 1), as Math.random */
export function drawBy(random: () => number, { affinity }: Pick<BalancingContext, 'affinity'>): Draw {
  return affinity === undefined
    ? (group, weightOf) => weightedOrder(group, weightOf, random)
    : (group, weightOf) => orderByNumber(group, weightOf, ({ server }) => affinity.numberOf(server));
}
