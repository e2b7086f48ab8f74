/**
 * What `ldm` and the process of the Connection window tell each other. `ldm` tells everything with the start of the
 * process, as its second argument (the first are the {@link Looks}), and ends it when the server answers; the process
 * tells one thing.
 */
import * as v from 'valibot';

const silence = v.object({
  /** The server that does not answer, fit to be shown. */
  server: v.pipe(v.string(), v.maxLength(1_000)),
  /** How long it has been silent at the start of the process, and how long it may be, in ms. */
  silentMs: v.pipe(v.number(), v.minValue(0)),
  giveUpAfterMs: v.pipe(v.number(), v.minValue(0)),
});
export type Silence = v.InferOutput<typeof silence>;

/** @throws where the argument is missing or malformed */
export function parseSilence(argument: string | undefined): Silence {
  return v.parse(silence, JSON.parse(argument ?? ''));
}

/** The user does not want to wait any longer. */
export const endSession = { type: 'end-session' } as const;

export function isEndSession(message: unknown): boolean {
  return v.is(v.object({ type: v.literal('end-session') }), message);
}
