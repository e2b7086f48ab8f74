/**
 * Whether the server of a session still answers. Pure: the clock and the number of bytes that have arrived come in as
 * arguments, once a second; what to do comes out.
 */

export interface LivenessRules {
  /** Silence after which the user is told, in ms. */
  readonly tellAfterMs: number;
  /** Silence after which the session is given up, in ms. */
  readonly giveUpAfterMs: number;
}

export interface Liveness {
  /** Clock at which the server was last heard, in ms. */
  readonly heardAt: number;
  /** Clock of the last look. */
  readonly lookedAt: number;
  /** Clock of the last question since then. */
  readonly askedAt: number;
  /** Bytes that had arrived by the last look. */
  readonly bytes: number;
  /** Whether the user has been told about this silence. */
  readonly told: boolean;
}

export interface Look {
  readonly next: Liveness;
  /** Whether to send the server something that it has to answer. */
  readonly ask: boolean;
  readonly change: 'silent' | 'answers' | 'given-up' | undefined;
}

/** The interval of questions to a server that sends nothing by itself. */
const askEveryMs = 3_000;
/**
 * Looks are a second apart. A longer gap means that this process was paused (stopped, or on a suspended machine), and
 * what the server sent in the meantime has not been read yet.
 */
const maxGapMs = 5_000;

export function newLiveness(at: number, bytes: number): Liveness {
  return { heardAt: at, lookedAt: at, askedAt: at, bytes, told: false };
}

/** Everything that arrives counts as an answer. A gap between looks starts the count again. */
export function look(before: Liveness, at: number, bytes: number, rules: LivenessRules): Look {
  if (bytes !== before.bytes) {
    return { next: newLiveness(at, bytes), ask: false, change: before.told ? 'answers' : undefined };
  }
  if (at - before.lookedAt > maxGapMs) {
    return { next: { ...before, heardAt: at, lookedAt: at, askedAt: at }, ask: true, change: undefined };
  }
  const silence = at - before.heardAt;
  const ask = at - before.askedAt >= askEveryMs;
  const next = { ...before, lookedAt: at, askedAt: ask ? at : before.askedAt };
  if (silence >= rules.giveUpAfterMs) return { next, ask: false, change: 'given-up' };
  if (!before.told && silence >= rules.tellAfterMs) return { next: { ...next, told: true }, ask, change: 'silent' };
  return { next, ask, change: undefined };
}
