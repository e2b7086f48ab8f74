import * as v from 'valibot';
import { type ServerAddress, serverKey } from '../../shared/server-address.js';

/**
 * Servers where a login of this client has failed. Such a server comes last for 5 minutes, and twice as long with each
 * further failure, up to an hour. A success ends this. The server is still tried when no other one is left.
 */
export type Demotions = ReadonlyMap<string, Failures>;

/** By {@link serverKey}. */
interface Failures {
  /** In a row. */
  readonly count: number;
  /** Time of the last failure: ms since 1970, because it outlasts the process. */
  readonly at: number;
}

const firstDemotionMs = 5 * 60_000;
const maxDemotionMs = 60 * 60_000;
/** A failure longer ago than this does not double the next one. */
const forgottenAfterMs = 24 * 60 * 60_000;
/** The newest failures are kept. */
export const maxDemotions = 1_000;

/** @param now ms since 1970 */
export function isDemoted(demotions: Demotions, server: ServerAddress, now: number): boolean {
  const failures = demotions.get(serverKey(server));
  // The absolute value, because the clock may be set back: a thin client often boots without the correct time.
  return failures !== undefined && Math.abs(now - failures.at) < demotedForMs(failures.count);
}

/** ms for which a server comes last after this many failures in a row. */
export function demotedForMs(failuresInARow: number): number {
  return Math.min(firstDemotionMs * 2 ** (failuresInARow - 1), maxDemotionMs);
}

export function afterFailure(demotions: Demotions, server: ServerAddress, now: number): Demotions {
  const key = serverKey(server);
  const count = (withoutOld(demotions, now).get(key)?.count ?? 0) + 1;
  return bounded([...demotions, [key, { count, at: now }]], now);
}

export function afterSuccess(demotions: Demotions, server: ServerAddress, now: number): Demotions {
  const key = serverKey(server);
  return bounded(
    [...demotions].filter(([other]) => other !== key),
    now,
  );
}

const stored = v.object({
  version: v.literal(1),
  failures: v.array(
    v.object({
      server: v.pipe(v.string(), v.maxLength(300)),
      count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
      at: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
});

/** @returns undefined when the text is damaged */
export function parseDemotions(text: string, now: number): Demotions | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(stored, value);
  return result.success
    ? bounded(
        result.output.failures.map(({ server, count, at }) => [server, { count, at }]),
        now,
      )
    : undefined;
}

export function formatDemotions(demotions: Demotions): string {
  const failures = [...demotions].map(([server, { count, at }]) => ({ server, count, at }));
  return `${JSON.stringify({ version: 1, failures } satisfies v.InferInput<typeof stored>)}\n`;
}

function bounded(entries: readonly (readonly [string, Failures])[], now: number): Demotions {
  const newestFirst = [...withoutOld(new Map(entries), now)].sort(([, a], [, b]) => b.at - a.at);
  return new Map(newestFirst.slice(0, maxDemotions));
}

function withoutOld(demotions: Demotions, now: number): Demotions {
  return new Map([...demotions].filter(([, { at }]) => Math.abs(now - at) < forgottenAfterMs));
}
