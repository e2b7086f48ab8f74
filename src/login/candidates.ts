import type { ServerChoice } from '../protocol/greeter-messages.js';
import { drawBy, ownNumbers } from '../servers/balancing/affinity.js';
import { type BalancingContext, inTiers } from '../servers/balancing/balancing-context.js';
import { capacityWeight } from '../servers/balancing/capacity.js';
import { orderCandidates } from '../servers/balancing/choose.js';
import type { DemotionMemory } from '../servers/balancing/demotion-file.js';
import { twoChoicesPlan } from '../servers/balancing/two-choices.js';
import { askByPlan } from '../servers/balancing/two-choices-round.js';
import type { ServerList } from '../servers/discovery/server-list.js';
import type { ServerStatus } from '../servers/server-status.js';
import type { BalanceRule, Settings } from '../settings/settings.js';
import { parseServerAddress, type ServerAddress, serverKey } from '../shared/server-address.js';
import type { ServerMonitor } from './server-monitor.js';

export interface CandidateDependencies {
  readonly settings: Settings;
  readonly monitor: ServerMonitor;
  readonly demotions: DemotionMemory;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  /** Monotonic clock, ms. */
  readonly now: () => number;
}

/** Which servers a login wants. */
export interface ServerWish {
  readonly choice: ServerChoice;
  /** How many of the picked options a server lacks. In automatic mode it comes after servers that lack fewer. */
  readonly lacks?: ((server: ServerAddress) => number) | undefined;
  /** Whose servers `affinity` uses: the user's, or this client's where it logs in with its own account. */
  readonly whose?: string | undefined;
}

/**
 * The servers that a login tries, in order. By hand: the chosen one alone. In automatic mode: all, by the rule and by
 * fresh answers. `two-choices` and `affinity` ask the two servers that they draw. Every other rule asks all servers, and
 * waits for silent ones no longer than necessary.
 * @returns undefined where the server chosen by hand is not in the list
 */
export async function findCandidates(
  wish: ServerWish,
  dependencies: CandidateDependencies,
): Promise<readonly ServerStatus[] | undefined> {
  const { settings, monitor, random, now } = dependencies;
  const { choice } = wish;
  const list = await monitor.servers();
  if (choice.mode === 'server') {
    const chosen = named(choice.name, monitor.statuses(), settings.sshPort);
    return chosen && [chosen];
  }
  const fresh = monitor.freshSurvey();
  if (fresh === undefined && list.again === undefined && canDraw(list, dependencies)) {
    const plan = twoChoicesPlan(monitor.statuses(), random, context(list, dependencies, wish));
    return askByPlan(plan, settings.probeTimeoutMs, { ask: (server) => monitor.askOne(server), now });
  }
  const survey = fresh ?? (await monitor.askAll());
  await survey.settled;
  // The list may have been read again for the questions.
  const listNow = await monitor.servers();
  return orderCandidates(ruleFor(listNow, settings), survey.statuses(), random, context(listNow, dependencies, wish));
}

/** The user's own two servers under `affinity`, in any state; none under another rule. */
export async function ownServers(
  wish: ServerWish,
  dependencies: CandidateDependencies,
): Promise<readonly ServerStatus[]> {
  const list = await dependencies.monitor.servers();
  const means = context(list, dependencies, wish);
  if (means.affinity === undefined) return [];
  const statuses = dependencies.monitor.statuses();
  const draw = drawBy(dependencies.random, means);
  const capacity = capacityWeight(statuses, means);
  return inTiers(statuses, ({ server }) => list.poolOf(server))
    .flatMap((pool) => draw(pool, capacity))
    .slice(0, 2);
}

/** By the name in the list, or by another spelling: the list has each server once, under its first name. */
function named(name: string, statuses: readonly ServerStatus[], defaultPort: number): ServerStatus | undefined {
  const meant = parseServerAddress(name, defaultPort);
  return (
    statuses.find(({ server }) => server.name === name) ??
    statuses.find(({ server }) => meant !== undefined && serverKey(server) === serverKey(meant))
  );
}

/**
 * Whether the rule draws two servers and asks no others. A user's own two follow from the capacity of each server, so
 * `affinity` has to ask each server once; the greeter does at its start.
 */
function canDraw(list: ServerList, { settings, monitor }: CandidateDependencies): boolean {
  const rule = ruleFor(list, settings);
  if (rule !== 'affinity') return rule === 'two-choices';
  return monitor.statuses().every(({ state, server }) => state !== 'checking' || list.weightOf(server) !== undefined);
}

function context(
  list: ServerList,
  dependencies: CandidateDependencies,
  { lacks, whose }: ServerWish,
): BalancingContext {
  const { settings, demotions, now } = dependencies;
  const isOwn = ruleFor(list, settings) === 'affinity' && whose !== undefined;
  return {
    now: now(),
    isDemoted: demotions.isDemoted,
    poolOf: list.poolOf,
    weightOf: list.weightOf,
    lacks,
    affinity: isOwn ? { numberOf: ownNumbers(whose), points: settings.affinityPoints } : undefined,
  };
}

/** The output of get_hosts is ordered by the administrator, and SRV has its own order. */
function ruleFor({ source }: ServerList, { balance }: Settings): BalanceRule {
  return balance ?? (source === 'get_hosts' || source === 'srv' ? 'listed' : 'random');
}
