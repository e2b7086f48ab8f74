import type { ServerStatus } from '../server-status.js';
import type { BalancingContext } from './balancing-context.js';

/**
 * How much of the logins each server should see, relative to the others: the weight that the list gives it, else its
 * capacity, else the mean of those known (1 where nothing is).
 */
export function capacityWeight(
  statuses: readonly ServerStatus[],
  { weightOf }: Pick<BalancingContext, 'weightOf'>,
): (status: ServerStatus) => number {
  const told = (status: ServerStatus): number => weightOf?.(status.server) ?? status.capacity ?? 0;
  let [sum, known] = [0, 0];
  for (const status of statuses) {
    const weight = told(status);
    if (weight <= 0) continue;
    sum += weight;
    known++;
  }
  const usual = known > 0 ? sum / known : 1;
  return (status) => {
    const weight = told(status);
    return weight > 0 ? weight : usual;
  };
}

/** Sessions that run or are about to, over capacity; undefined where the server does not tell. */
export function utilization({ sessions, capacity, info }: ServerStatus): number | undefined {
  if (sessions === null || capacity === null || capacity <= 0) return undefined;
  return (sessions + (info?.pending ?? 0)) / capacity;
}
