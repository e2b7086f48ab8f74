import type { BalanceRule } from '../../settings/settings.js';
import { shuffled, split, weightedOrder } from '../../shared/weighted-order.js';
import { isUsable, type ServerStatus } from '../server-status.js';
import { drawBy } from './affinity.js';
import { type BalancingContext, emptyContext, inTiers, tierOf } from './balancing-context.js';
import { capacityWeight } from './capacity.js';
import { ratingTrust } from './rating-age.js';
import { twoChoicesOrder } from './two-choices.js';

/** `best` treats servers this close to the highest rating as equal, since a smaller difference means nothing. */
const bestWithinPoints = 10;

/**
 * All servers in the order in which a login tries them, which is all that failover needs. First come the candidates by
 * the rule, pool after pool, demoted ones last; then all other servers as spares, since a server whose info service is
 * silent may be alive.
 *
 * - `random`: each candidate is equally likely. This is the default, as in the classic LDM: it needs no information from
 *   the servers.
 * - `two-choices`: two candidates are drawn by capacity, and the one with the better rating is taken (Mitzenmacher, "The
 *   power of two choices in randomized load balancing", IEEE TPDS 12(10), 2001). This is recommended wherever ldminfod runs:
 *   it spreads a burst of logins nearly as evenly as asking all servers, and asks only two ({@link twoChoicesPlan}).
 * - `affinity`: the first of the user's own two servers, or the second if its rating is enough higher; then the user's
 *   other servers ({@link Affinity})
 * - `weighted`: drawn with the weight rating x capacity; a rating is moved toward the mean as far as it is not trusted
 * - `best`: drawn by capacity among the servers within 10 points of the highest rating. As `weighted` if any rating is not
 *   known to be fresh, since with old ratings `best` would send all users to one server.
 * - `listed`: in the order of the list
 *
 * Where ratings decide, unrated candidates come after rated ones. If most candidates are unrated, or if the answers are in
 * doubt ({@link answersAreDoubted}), all are drawn by capacity instead, so that not all users go to the few servers with
 * a rating.
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
 * Whether a server only seems to be down. What a server itself reports (draining, sshd down) is not in doubt.
 */
function isDoubtful(status: ServerStatus): boolean {
  return status.state === 'down' && status.reason !== 'ssh-down';
}

/**
 * If more servers seem to be down than usable, the cause is probably between this client and the info services. Sending
 * all users to the few servers that answered would overload these (like Envoy's panic threshold).
 */
function answersAreDoubted(statuses: readonly ServerStatus[]): boolean {
  return statuses.filter(isUsable).length < statuses.filter(isDoubtful).length;
}

interface OrderContext {
  readonly random: () => number;
  readonly context: BalancingContext;
  /** Computed from all servers of the list, so that it does not depend on the current candidates. */
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

/** Spares have no ratings. Under `affinity` they are in the user's own order too, which spreads the users. */
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
