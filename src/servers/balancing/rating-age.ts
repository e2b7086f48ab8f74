import type { ServerStatus } from '../server-status.js';

/** An answer older than this many ms is requested again at login, and a rating older than this is trusted less. */
export const freshForMs = 5_000;

/** Between the trust in a fresh rating (1) and in none (0). */
const trustInUnknownAge = 0.5;

/**
 * How far a rating can be trusted to describe the server now, 0-1. Clients that use the same old ratings all go to the
 * server that was best at that time (Mitzenmacher, "How useful is old information?", IEEE TPDS 11(1), 2000). So the trust
 * falls with age: 1 up to 5 s, then 5 s / age. It is 1/2 where the age is unknown, as with a classic server.
 * @param now monotonic clock, ms; null where it is unknown
 */
export function ratingTrust(status: ServerStatus, now: number | null): number {
  if (status.ratingAgeMs === null || status.askedAt === null || now === null) return trustInUnknownAge;
  const ageMs = status.ratingAgeMs + Math.max(0, now - status.askedAt);
  return ageMs <= freshForMs ? 1 : freshForMs / ageMs;
}
