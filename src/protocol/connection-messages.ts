/**
 * The messages between `ldm` and the process of the Connection window. `ldm` sends everything when it starts the process,
 * as the second argument (the first has the {@link Looks}), and ends the process when the server answers. The process sends
 * only {@link endSession}.
 */
import * as v from 'valibot';

const silence = v.object({
  /** The server that does not answer, as text to show. */
  server: v.pipe(v.string(), v.maxLength(1_000)),
  /** How long it had been silent when the process started, and how long it may be silent, in ms. */
  silentMs: v.pipe(v.number(), v.minValue(0)),
  giveUpAfterMs: v.pipe(v.number(), v.minValue(0)),
});
export type Silence = v.InferOutput<typeof silence>;

/** @throws for a missing or malformed argument */
export function parseSilence(argument: string | undefined): Silence {
  return v.parse(silence, JSON.parse(argument ?? ''));
}

/** The user does not want to wait any longer. */
export const endSession = { type: 'end-session' } as const;

export function isEndSession(message: unknown): boolean {
  return v.is(v.object({ type: v.literal('end-session') }), message);
}
