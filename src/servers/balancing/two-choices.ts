import { serverKey } from '../../shared/server-address.js';
import { split } from '../../shared/weighted-order.js';
import { isUsable, type ServerStatus } from '../server-status.js';
import { drawBy } from './affinity.js';
import { type BalancingContext, inTiers, tierOf } from './balancing-context.js';
import { capacityWeight, utilization } from './capacity.js';
import { ratingTrust } from './rating-age.js';

/**
 * The power of two choices: the better one of two random servers is nearly as good as the best of all, only 2 servers are
 * asked instead of all, and no server gets a crowd (Mitzenmacher, "The power of two choices in randomized load
 * balancing", IEEE TPDS 12(10), 2001). The draw is by capacity, since otherwise a server gets at most 2/n of the logins.
 *
 * If all answers are fresh already, `orderCandidates` is enough. Otherwise a login makes a {@link twoChoicesPlan}, and
 * calls {@link twoChoicesStep} after each answer and at the time that the last step named.
 */

/** While servers are silent, a further one is asked at this interval, the connection attempt delay of RFC 8305. */
const askFurtherEveryMs = 250;

/** From this time on, one usable answer is enough: two further servers were silent too. */
const oneIsEnoughAfterMs = 2 * askFurtherEveryMs;

/**
 * If no info service has answered by this time, the cause is probably between this client and all of them (a packet
 * filter), and trying ssh finds a living server as fast as further questions would.
 */
const decideUnansweredAfterMs = 3 * askFurtherEveryMs;

/** For this many ms, a server that was down or draining is asked last. */
const bypassForMs = 60_000;

/** The random decisions of one login, which are made once. */
export interface TwoChoicesPlan {
  /** All servers in the order in which they are asked, with their earlier statuses. */
  readonly draw: readonly ServerStatus[];
  /** Tiers by {@link serverKey}; default 0. A usable server of a lower tier comes before those of higher tiers. */
  readonly tiers: ReadonlyMap<string, number>;
  /** In [0, 1). Ratings decide if they are trusted more than this, otherwise the order of the draw does. */
  readonly coin: number;
  /** Under `affinity`: the first is taken unless the rating of the second is more than this many points higher. */
  readonly affinityPoints?: number | undefined;
}

/** What a login has to do next. */
export type TwoChoicesStep =
  /** Ask these servers (possibly none). The next step is due after an answer, or `againAtMs` after the start. */
  | { readonly kind: 'ask'; readonly servers: readonly ServerStatus[]; readonly againAtMs: number }
  /** Try the servers in this order, which contains all of them. */
  | { readonly kind: 'decided'; readonly order: readonly ServerStatus[] };

/**
 * Draws the order in which servers are asked, by capacity; under `affinity` it is the user's own order. First come the
 * servers that can be usable, pool after pool, then the demoted ones, then those that were down or draining less than a
 * minute ago.
 * @param statuses the statuses of all servers before this login
 * @param random uniform in [0, 1), as Math.random
 */
export function twoChoicesPlan(
  statuses: readonly ServerStatus[],
  random: () => number,
  context: BalancingContext,
): TwoChoicesPlan {
  const { now } = context;
  const known = (status: ServerStatus): boolean =>
    status.state !== 'checking' && (now === null || status.askedAt === null || now - status.askedAt <= bypassForMs);
  const [bypassed, open] = split(statuses, (status) => known(status) && !isUsable(status));
  const capacity = capacityWeight(statuses, context);
  const drawGroup = drawBy(random, context);
  const tiers = new Map<string, number>();
  const tier = ({ server }: ServerStatus): number => {
    const place = tierOf(server, context);
    if (place > 0) tiers.set(serverKey(server), place);
    return place;
  };
  const draw: ServerStatus[] = [];
  for (const group of [...inTiers(open, tier), ...inTiers(bypassed, tier)]) {
    draw.push(...drawGroup(group, capacity));
  }
  return { draw, tiers, coin: random(), affinityPoints: context.affinity?.points };
}

/** The progress of a login in its plan. */
export interface TwoChoicesProgress {
  /** Number of servers that were asked, from the front of the draw. */
  readonly asked: number;
  /** The answers so far, in any order. */
  readonly answers: readonly ServerStatus[];
  /** Time since the first question. */
  readonly elapsedMs: number;
}

/**
 * Decides the next step. Two servers are asked at the start. A server that answers but is not usable is replaced
 * immediately, and while any server is silent, a further one is asked every 250 ms. The choice is made when two usable
 * servers have answered, or one after half a second, or when no info service has answered for three quarters of a second,
 * or when no answer is missing, or at the limit.
 * @param limitMs the choice is made after this many ms at the latest: LDM_PROBE_TIMEOUT
 * @param now monotonic clock, ms
 */
export function twoChoicesStep(
  plan: TwoChoicesPlan,
  { asked, answers, elapsedMs }: TwoChoicesProgress,
  limitMs: number,
  now: number,
): TwoChoicesStep {
  const usable = answers.filter(isUsable).length;
  const periods = Math.floor(elapsedMs / askFurtherEveryMs);
  const wanted = Math.min(plan.draw.length, 2 + (answers.length - usable) + periods);
  const isEnough =
    usable >= 2 ||
    (usable === 1 && elapsedMs >= oneIsEnoughAfterMs) ||
    (usable === 1 && elapsedMs >= askFurtherEveryMs && asked === plan.draw.length) ||
    (elapsedMs >= decideUnansweredAfterMs && !answers.some(isFromServer)) ||
    answers.length >= plan.draw.length ||
    elapsedMs >= limitMs;
  if (isEnough) return { kind: 'decided', order: twoChoicesOrder(plan, { asked, answers }, now) };
  const againAtMs = Math.min(limitMs, (periods + 1) * askFurtherEveryMs);
  return { kind: 'ask', servers: plan.draw.slice(asked, wanted), againAtMs };
}

/** Whether the server itself has answered, even if it says that it is not usable. */
function isFromServer({ state, reason }: ServerStatus): boolean {
  return state !== 'down' || reason === 'ssh-down';
}

/**
 * All servers, best first. Each place goes to the better one of two servers: the loser of the previous place, and the next
 * one of the draw. Under `affinity`, only the first place is decided like this; the others keep the user's own order.
 * After the usable servers come those that were not asked, then the silent ones, then the unusable ones. Within these
 * groups, the tiers keep their order.
 * @param now monotonic clock, ms; null where it is unknown
 */
export function twoChoicesOrder(
  plan: TwoChoicesPlan,
  { asked, answers }: Omit<TwoChoicesProgress, 'elapsedMs'>,
  now: number | null,
): ServerStatus[] {
  const answerOf = new Map(answers.map((status) => [serverKey(status.server), status]));
  const [silent, unusable, usable]: [ServerStatus[], ServerStatus[], ServerStatus[]] = [[], [], []];
  for (const before of plan.draw.slice(0, asked)) {
    const answer = answerOf.get(serverKey(before.server));
    if (answer === undefined) silent.push(before);
    else if (isUsable(answer)) usable.push(answer);
    else unusable.push(answer);
  }
  const tier = ({ server }: ServerStatus): number => plan.tiers.get(serverKey(server)) ?? 0;
  return [
    ...inTiers(usable, tier).flatMap((group) => betterOfTwo(group, plan, now)),
    ...plan.draw.slice(asked),
    ...inTiers(silent, tier).flat(),
    ...inTiers(unusable, tier).flat(),
  ];
}

function betterOfTwo(drawn: readonly ServerStatus[], plan: TwoChoicesPlan, now: number | null): ServerStatus[] {
  if (plan.affinityPoints !== undefined) {
    const [first, second, ...others] = drawn;
    return first && second && comesBefore(second, first, plan, now) ? [second, first, ...others] : [...drawn];
  }
  const order: ServerStatus[] = [];
  let [held, ...rest] = drawn;
  for (const next of rest) {
    if (held === undefined) break;
    const nextIsBetter = comesBefore(next, held, plan, now);
    order.push(nextIsBetter ? next : held);
    if (!nextIsBetter) held = next;
  }
  return held === undefined ? order : [...order, held];
}

/**
 * A rated server comes before an unrated one. Of two rated servers, the higher rating wins with a probability that equals
 * the trust in the ratings; otherwise the first one of the draw wins. With old information, this mixture of one and two
 * choices is better than either (Los and Sauerwald, "Balanced allocations in batches: simplified and generalized", SPAA
 * 2022).
 */
function comesBefore(later: ServerStatus, earlier: ServerStatus, plan: TwoChoicesPlan, now: number | null): boolean {
  if (later.rating === null || earlier.rating === null) return later.rating !== null;
  if (plan.coin >= Math.min(ratingTrust(later, now), ratingTrust(earlier, now))) return false;
  if (plan.affinityPoints !== undefined) return later.rating - earlier.rating > plan.affinityPoints;
  if (later.rating !== earlier.rating) return later.rating > earlier.rating;
  // Ratings are whole numbers, so equal ratings are compared by use of capacity.
  return (utilization(later) ?? 0) < (utilization(earlier) ?? 0);
}
