import type { BalanceRule } from '../settings/settings.js';
import { isUsable, type ServerStatus } from './answer.js';
import { shuffled } from './weighted-order.js';

/**
 * All servers in the order in which a login tries them: the usable ones by the rule, then every other one as a spare,
 * for a silent info service is not a dead server.
 * @param random uniform in [0, 1), as Math.random
 */
export function orderCandidates(
  rule: BalanceRule,
  statuses: readonly ServerStatus[],
  random: () => number,
): ServerStatus[] {
  const usable = statuses.filter(isUsable);
  const spares = statuses.filter((status) => !isUsable(status));
  switch (rule) {
    case 'random':
      return [...shuffled(usable, random), ...shuffled(spares, random)];
    case 'listed':
      return [...usable, ...spares];
  }
}
