import { isUsable, type ServerStatus } from '../servers/answer.js';
import { orderCandidates } from '../servers/choose.js';
import type { DemotionMemory } from '../servers/demotion-file.js';
import type { ServerList } from '../servers/server-list.js';
import { twoChoicesPlan } from '../servers/two-choices.js';
import { askByPlan } from '../servers/two-choices-round.js';
import { split } from '../servers/weighted-order.js';
import type { ServerAddress } from '../settings/server-address.js';
import type { BalanceRule, Settings } from '../settings/settings.js';
import type { Fleet } from './fleet.js';
import type { ServerChoice } from './messages.js';

export interface CandidateTools {
  readonly settings: Settings;
  readonly fleet: Fleet;
  readonly demotions: DemotionMemory;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  /** Monotonic clock, ms. */
  readonly now: () => number;
}

/**
 * The servers that a login tries, in order: by hand the one chosen and no other; in automatic mode all, by the rule
 * and by answers that are fresh. `two-choices` asks the two servers that it draws; every other rule needs to have
 * heard all, and waits no longer for the silent ones than it must.
 * @returns undefined where the server chosen by hand is not in the list
 */
export async function findCandidates(
  choice: ServerChoice,
  tools: CandidateTools,
): Promise<readonly ServerStatus[] | undefined> {
  const { settings, fleet, demotions, random, now } = tools;
  const list = await fleet.servers();
  if (choice.mode === 'server') {
    const chosen = fleet.statuses().find(({ server }) => server.name === choice.name);
    return chosen && [chosen];
  }
  const rule = settings.balance ?? usualRule(list.source);
  const circumstances = { now: now(), isDemoted: demotions.isDemoted };
  const fresh = fleet.freshSurvey();
  if (rule === 'two-choices' && fresh === undefined) {
    const ask = (server: ServerAddress): Promise<ServerStatus> => fleet.askOne(server).then(weighed(list));
    const draw = async (pool: readonly ServerStatus[]): Promise<readonly ServerStatus[]> =>
      askByPlan(twoChoicesPlan(pool, random, circumstances), settings.probeTimeoutMs, { ask, now });
    return drawFromPools(poolsOf(fleet.statuses().map(weighed(list)), list), draw);
  }
  const survey = fresh ?? (await fleet.askAll());
  await survey.settled;
  const pools = poolsOf(survey.statuses().map(weighed(list)), list);
  const order = pools.flatMap((pool) => orderCandidates(rule, pool, random, circumstances));
  // A later pool's usable servers come before an earlier one's that seem dead.
  return pools.length === 1 ? order : split(order, isUsable).flat();
}

/** Goes to a later pool only where the ones before it have nobody; those that were not asked come last. */
async function drawFromPools(
  pools: readonly (readonly ServerStatus[])[],
  draw: (pool: readonly ServerStatus[]) => Promise<readonly ServerStatus[]>,
): Promise<readonly ServerStatus[]> {
  const failed: ServerStatus[] = [];
  for (const [index, pool] of pools.entries()) {
    const order = await draw(pool);
    const [first] = order;
    if (first && isUsable(first)) return [...order, ...pools.slice(index + 1).flat(), ...failed];
    failed.push(...order);
  }
  return failed;
}

/** The servers by pool, the lowest number first. */
function poolsOf(statuses: readonly ServerStatus[], { poolOf }: ServerList): ServerStatus[][] {
  const pools = new Map<number, ServerStatus[]>();
  for (const status of statuses) {
    const number = poolOf(status.server);
    pools.set(number, [...(pools.get(number) ?? []), status]);
  }
  return [...pools].sort(([a], [b]) => a - b).map(([, pool]) => pool);
}

/** What the list says of a server's capacity counts where the server itself says nothing. */
function weighed({ weightOf }: ServerList): (status: ServerStatus) => ServerStatus {
  return (status) => ({ ...status, capacity: status.capacity ?? weightOf(status.server) ?? null });
}

/** Whoever writes a get_hosts program has ordered its words, and SRV has an order of its own. */
function usualRule(source: ServerList['source']): BalanceRule {
  return source === 'get_hosts' || source === 'srv' ? 'listed' : 'random';
}
