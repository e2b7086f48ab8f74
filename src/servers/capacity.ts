import type { ServerStatus } from './answer.js';

/**
 * How much of the logins each server should see, relative to the others: its capacity, or the mean of the known
 * capacities where it tells none (1 where nobody does).
 */
export function capacityWeight(statuses: readonly ServerStatus[]): (status: ServerStatus) => number {
  let [sum, known] = [0, 0];
  for (const { capacity } of statuses) {
    if (capacity === null || capacity <= 0) continue;
    sum += capacity;
    known++;
  }
  const usual = known > 0 ? sum / known : 1;
  return ({ capacity }) => (capacity !== null && capacity > 0 ? capacity : usual);
}

/** Sessions that run or are about to, over capacity; undefined where the server does not tell. */
export function utilisation({ sessions, capacity, info }: ServerStatus): number | undefined {
  if (sessions === null || capacity === null || capacity <= 0) return undefined;
  return (sessions + (info?.pending ?? 0)) / capacity;
}
