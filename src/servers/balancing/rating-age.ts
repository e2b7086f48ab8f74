import type { ServerStatus } from '../server-status.js';

/** An answer older than this is asked anew at login, and a rating older than this is trusted less. */
export const freshForMs = 5_000;

/** Half: between a rating that is known to be fresh and none. */
const trustInUnknownAge = 0.5;

/**
 * Whether a login may go by this answer without asking again.
 * @param now monotonic clock, ms
 */
export function isFresh(status: ServerStatus, now: number): boolean {
  return status.askedAt !== null && now - status.askedAt <= freshForMs;
}

/**
 * How far a rating says what a server is like now, 0-1. Many clients that act alike on the same old ratings all go
 * to the server that was best then (Mitzenmacher, "How useful is old information?", IEEE TPDS 11(1), 2000), so trust
 * falls with age: 1 up to 5 s, then 5 s / age; 1/2 where the age is not known, as with a classic server.
 * @param now monotonic clock, ms; null where it is not known
 */
export function ratingTrust(status: ServerStatus, now: number | null): number {
  if (status.ratingAgeMs === null || status.askedAt === null || now === null) return trustInUnknownAge;
  const ageMs = status.ratingAgeMs + Math.max(0, now - status.askedAt);
  return ageMs <= freshForMs ? 1 : freshForMs / ageMs;
}
