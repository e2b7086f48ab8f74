import type { ServerStatus } from '../server-status.js';
import type { BalancingContext } from './balancing-context.js';

/**
 * The relative share of logins that each server should get: the weight of the list, or else its capacity, or else the
 * mean of the known ones (1 without any).
 */
export function capacityWeight(
  statuses: readonly ServerStatus[],
  { weightOf }: Pick<BalancingContext, 'weightOf'>,
): (status: ServerStatus) => number {
  const knownWeight = (status: ServerStatus): number => weightOf?.(status.server) ?? status.capacity ?? 0;
  let [sum, known] = [0, 0];
  for (const status of statuses) {
    const weight = knownWeight(status);
    if (weight <= 0) continue;
    sum += weight;
    known++;
  }
  const fallback = known > 0 ? sum / known : 1;
  return (status) => {
    const weight = knownWeight(status);
    return weight > 0 ? weight : fallback;
  };
}

/** Running sessions and logins in progress, divided by the capacity; undefined where the server does not report them. */
export function utilization({ sessions, capacity, info }: ServerStatus): number | undefined {
  if (sessions === null || capacity === null || capacity <= 0) return undefined;
  return (sessions + (info?.pending ?? 0)) / capacity;
}
