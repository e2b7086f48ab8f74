import { serverKey } from '../../shared/server-address.js';
import { split } from '../../shared/weighted-order.js';
import { isUsable, type ServerStatus } from '../server-status.js';
import { drawBy } from './affinity.js';
import { type BalancingContext, inTiers, tierOf } from './balancing-context.js';
import { capacityWeight, utilization } from './capacity.js';
import { ratingTrust } from './rating-age.js';

/**
 * The power of two choices: of two servers drawn at random the better one is nearly as good as the best of all, asks
 * 2 servers instead of all, and sends no crowd to one server (Mitzenmacher, "The power of two choices in randomized
 * load balancing", IEEE TPDS 12(10), 2001). Drawn by capacity, for a server can get no more than 2/n of the logins.
 *
 * Where all answers are fresh already, `orderCandidates` is enough. Else a login makes a {@link twoChoicesPlan}, then
 * follows {@link twoChoicesStep} whenever an answer came or the time that it named has come.
 */

/** While servers are silent a further one is asked this often; RFC 8305's connection attempt delay. */
export const askFurtherEveryMs = 250;

/** One usable answer is enough from here on: two servers more were silent too. */
const contentWithOneAfterMs = 2 * askFurtherEveryMs;

/**
 * When no info service has said a word by then, the fault is likelier between this client and all of them (a packet
 * filter) than in each server drawn, and trying ssh finds a living server as fast as asking further ones would.
 */
const goOnUnansweredAfterMs = 3 * askFurtherEveryMs;

/** That a server was down or drained holds for this long; then it is as good to ask as any other. */
const bypassForMs = 60_000;

/** What is drawn once for a login. */
export interface TwoChoicesPlan {
  /** All servers in the order in which they are asked, with what was known of them before. */
  readonly draw: readonly ServerStatus[];
  /** By {@link serverKey}: a usable server of a lower tier comes before those of higher ones. 0 where it is not named. */
  readonly tiers: ReadonlyMap<string, number>;
  /** Drawn in [0, 1): ratings count where they are trusted more than this, else the order of the draw decides. */
  readonly coin: number;
  /** Under `affinity`: the first is taken unless the second rates more than this higher. */
  readonly affinityPoints?: number | undefined;
}

/** What a login does now. */
export type TwoChoicesStep =
  /** Ask these too (maybe none), and come again with an answer, or at `againAtMs` after the start. */
  | { readonly kind: 'ask'; readonly servers: readonly ServerStatus[]; readonly againAtMs: number }
  /** Try the servers in this order; it holds all of them. */
  | { readonly kind: 'decided'; readonly order: readonly ServerStatus[] };

/**
 * Draws the order of asking, by capacity (under `affinity`: it is the user's own): first the servers that may be usable, pool after pool, then those demoted,
 * then those that were down or drained less than a minute ago.
 * @param statuses what was known of every server before this login
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

/** How far a login has come with its plan. */
export interface TwoChoicesProgress {
  /** How many of the draw are asked, counted from its front. */
  readonly asked: number;
  /** What they answered, in any order; the silent ones are not among them. */
  readonly answers: readonly ServerStatus[];
  /** Since the first question. */
  readonly elapsedMs: number;
}

/**
 * Two servers are asked at once. One that answers but cannot be used is replaced at once; while any is silent a
 * further one is asked every 250 ms. The choice is made when two usable ones have answered, or one and half a second
 * is over, or no info service has spoken for three quarters of a second, or nothing more can come, or the time is up.
 * @param limitMs by when the choice is made whatever is known: LDM_PROBE_TIMEOUT
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
  const content =
    usable >= 2 ||
    (usable === 1 && elapsedMs >= contentWithOneAfterMs) ||
    (usable === 1 && elapsedMs >= askFurtherEveryMs && asked === plan.draw.length) ||
    (elapsedMs >= goOnUnansweredAfterMs && !answers.some(hasSpoken)) ||
    answers.length >= plan.draw.length ||
    elapsedMs >= limitMs;
  if (content) return { kind: 'decided', order: twoChoicesOrder(plan, { asked, answers }, now) };
  const againAtMs = Math.min(limitMs, (periods + 1) * askFurtherEveryMs);
  return { kind: 'ask', servers: plan.draw.slice(asked, wanted), againAtMs };
}

/** Whether an answer shows that this client reaches the server; that it cannot be used may well be what it says. */
function hasSpoken({ state, reason }: ServerStatus): boolean {
  return state !== 'down' || reason === 'ssh-down';
}

/**
 * All servers, best first: at each place the better of two, of which one lost the place before and one is drawn anew;
 * under `affinity` the better of the first two, and then whoever is left in the user's own order.
 * Those that were not asked come after the usable ones, then those that are silent, then those that cannot be used;
 * within each of these the tiers keep their order.
 * @param now monotonic clock, ms; null where it is not known
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
  let [inHand, ...rest] = drawn;
  for (const next of rest) {
    if (inHand === undefined) break;
    const nextIsBetter = comesBefore(next, inHand, plan, now);
    order.push(nextIsBetter ? next : inHand);
    if (!nextIsBetter) inHand = next;
  }
  return inHand === undefined ? order : [...order, inHand];
}

/**
 * A rated server comes before an unrated one. Of two rated ones the higher rated comes first with the probability
 * that the ratings are trusted with, else the first drawn: with old information a mixture of one and two choices does
 * better than either (Los and Sauerwald, "Balanced allocations in batches: simplified and generalized", SPAA 2022).
 */
function comesBefore(later: ServerStatus, earlier: ServerStatus, plan: TwoChoicesPlan, now: number | null): boolean {
  if (later.rating === null || earlier.rating === null) return later.rating !== null;
  if (plan.coin >= Math.min(ratingTrust(later, now), ratingTrust(earlier, now))) return false;
  if (plan.affinityPoints !== undefined) return later.rating - earlier.rating > plan.affinityPoints;
  if (later.rating !== earlier.rating) return later.rating > earlier.rating;
  // A rating is a whole number; what it was made of tells two equal ones apart.
  return (utilization(later) ?? 0) < (utilization(earlier) ?? 0);
}
