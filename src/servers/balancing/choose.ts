import type { BalanceRule } from '../../settings/settings.js';
import { shuffled, split, weightedOrder } from '../../shared/weighted-order.js';
import { isUsable, type ServerStatus } from '../server-status.js';
import { drawBy } from './affinity.js';
import { type BalancingContext, emptyContext, inTiers, tierOf } from './balancing-context.js';
import { capacityWeight } from './capacity.js';
import { ratingTrust } from './rating-age.js';
import { twoChoicesOrder } from './two-choices.js';

/** `best` takes any server this close to the highest rating, for a smaller difference orderContext nothing. */
const bestWithinPoints = 10;

/**
 * All servers in the order in which a login tries them, so that failover needs nothing else. First the candidates by
 * the rule, pool after pool, those lately demoted after the others; then every other server as a spare, for a silent
 * info service is not a dead server.
 *
 * - `random`: each candidate as likely as any other
 * - `two-choices`: two are drawn by capacity and the better rated one is taken (Mitzenmacher, "The power of two
 *   choices in randomized load balancing", IEEE TPDS 12(10), 2001); a login that has not asked yet asks only those
 *   two: see {@link twoChoicesPlan}
 * - `affinity`: of the user's own two servers the first, or the second where it rates enough higher; then his others:
 *   see {@link Affinity}
 * - `weighted`: drawn with weight rating x capacity, the rating moved towards the mean as far as it is not trusted
 * - `best`: at random among those within 10 points of the top; as `weighted` when one rating is not known to be fresh,
 *   for with old ratings it sends everybody to one server
 * - `listed`: in the order of the list
 *
 * Unrated candidates come after rated ones where ratings decide, unless most are unrated: then all are drawn by capacity,
 * as nobody gains when everybody goes to the one server that is known best. The same holds when the answers are
 * doubted, see {@link isDoubtful}.
 * @param random uniform in [0, 1), as Math.random
 */
export function orderCandidates(
  rule: BalanceRule,
  statuses: readonly ServerStatus[],
  random: () => number,
  context: BalancingContext = emptyContext,
): ServerStatus[] {
  const doubted = answersAreDoubted(statuses);
  const isCandidate = (status: ServerStatus): boolean => isUsable(status) || (doubted && isDoubtful(status));
  const [candidates, spares] = split(statuses, isCandidate);
  const tier = ({ server }: ServerStatus): number => tierOf(server, context);
  const ruleNow = doubted && rule !== 'listed' ? 'by-capacity' : rule;
  const orderContext = { random, context, capacity: capacityWeight(statuses, context) };
  const order: ServerStatus[] = [];
  for (const group of inTiers(candidates, tier)) order.push(...orderGroup(ruleNow, group, orderContext));
  for (const group of inTiers(spares, tier)) order.push(...orderSpares(rule, group, orderContext));
  return order;
}

/**
 * A server that only seems down. What a server itself says (that it drains, that its sshd is down) is not doubted.
 */
export function isDoubtful(status: ServerStatus): boolean {
  return status.state === 'down' && status.reason !== 'ssh-down';
}

/**
 * When more seem down than usable, the fault is likelier between this client and the info services than in the
 * servers, and sending everybody to the few that answered would take those down too (Envoy's panic threshold).
 */
export function answersAreDoubted(statuses: readonly ServerStatus[]): boolean {
  return statuses.filter(isUsable).length < statuses.filter(isDoubtful).length;
}

interface OrderContext {
  readonly random: () => number;
  readonly context: BalancingContext;
  /** By all servers of the list, so that it does not depend on who is a candidate now. */
  readonly capacity: Capacity;
}

/** @param group servers of one tier */
function orderGroup(
  rule: BalanceRule | 'by-capacity',
  group: readonly ServerStatus[],
  { random, context, capacity }: OrderContext,
): ServerStatus[] {
  const { now, affinity } = context;
  const draw = drawBy(random, context);
  switch (rule) {
    case 'listed':
      return [...group];
    case 'random':
      return shuffled(group, random);
    case 'by-capacity':
      return draw(group, capacity);
    case 'two-choices':
    case 'affinity':
    case 'weighted':
    case 'best': {
      const [rated, unrated] = split(group, ({ rating }) => rating !== null);
      if (rated.length < unrated.length) return draw(group, capacity);
      const byTwoChoices = (some: readonly ServerStatus[]): ServerStatus[] => {
        const plan = { draw: draw(some, capacity), tiers: new Map(), coin: random(), affinityPoints: affinity?.points };
        return twoChoicesOrder(plan, { asked: some.length, answers: some }, now);
      };
      if (rule === 'two-choices') return byTwoChoices(group);
      if (rule === 'affinity') return [...byTwoChoices(rated), ...draw(unrated, capacity)];
      const order = rule === 'best' ? bestOrder : weightedByRating;
      return [...order(rated, capacity, random, now), ...draw(unrated, capacity)];
    }
  }
}

/** Nobody knows better of a spare than that it may live; a user's own come first there too, and are spread by it. */
function orderSpares(
  rule: BalanceRule,
  group: readonly ServerStatus[],
  { random, context, capacity }: OrderContext,
): readonly ServerStatus[] {
  switch (rule) {
    case 'listed':
      return group;
    case 'affinity':
      return drawBy(random, context)(group, capacity);
    default:
      return shuffled(group, random);
  }
}

type Capacity = (status: ServerStatus) => number;

function weightedByRating(
  rated: readonly ServerStatus[],
  capacity: Capacity,
  random: () => number,
  now: number | null,
): readonly ServerStatus[] {
  const mean = rated.reduce((sum, { rating }) => sum + (rating ?? 0), 0) / Math.max(1, rated.length);
  const weight = (status: ServerStatus): number => {
    const trust = ratingTrust(status, now);
    return capacity(status) * (trust * (status.rating ?? 0) + (1 - trust) * mean);
  };
  return weightedOrder(rated, weight, random);
}

function bestOrder(
  rated: readonly ServerStatus[],
  capacity: Capacity,
  random: () => number,
  now: number | null,
): readonly ServerStatus[] {
  if (rated.some((status) => ratingTrust(status, now) < 1)) return weightedByRating(rated, capacity, random, now);
  const order: ServerStatus[] = [];
  let rest = rated;
  while (rest.length > 0) {
    const top = Math.max(...rest.map(({ rating }) => rating ?? 0));
    const [leading, behind] = split(rest, ({ rating }) => (rating ?? 0) >= top - bestWithinPoints);
    order.push(...weightedOrder(leading, capacity, random));
    rest = behind;
  }
  return order;
}
