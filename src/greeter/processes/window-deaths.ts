import type { GreeterEnd } from './greeter-process.js';

/** When the process of the windows died, on the monotonic clock in ms. Old deaths are dropped. */
export type Deaths = readonly number[];

/** What to do about a death. */
export type DeathVerdict =
  /** Start the windows again. */
  | 'restart'
  /** The same view may have killed them twice: start them again without the messages. */
  | 'restart-without-messages'
  | 'give-up';

/** Windows that die this often within this many ms will fail again. */
const maxDeaths = 4;
const deathsWithinMs = 20_000;
/** An X server that resets, as some do after their last client, refuses clients meanwhile, but not twice. */
const maxWithoutDisplay = 2;

/** Counts a death of the windows and decides. Pure. */
export function countDeath(
  before: Deaths,
  kind: GreeterEnd['kind'],
  now: number,
): { readonly deaths: Deaths; readonly verdict: DeathVerdict } {
  const deaths = [...before.filter((time) => now - time < deathsWithinMs), now];
  if (deaths.length >= (kind === 'no-display' ? maxWithoutDisplay : maxDeaths)) return { deaths, verdict: 'give-up' };
  return { deaths, verdict: deaths.length > 1 ? 'restart-without-messages' : 'restart' };
}
