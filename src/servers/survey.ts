import { setMaxListeners } from 'node:events';
import type { ServerAddress } from '../shared/server-address.js';
import type { ProbeResult, Question } from './probe.js';
import { isUsable, type ServerStatus, uncheckedStatus } from './server-status.js';

/** One round of asking servers, all at once. */
export interface Survey {
  /** The current statuses, in list order. */
  statuses(): readonly ServerStatus[];
  /** Start of the round, on the monotonic clock in ms. */
  readonly startedAt: number;
  /** Resolves when every server has answered or timed out, so that nothing can change. */
  readonly complete: Promise<void>;
  /** Resolves when the round is complete, or {@link graceMs} after the first usable answer: enough for a choice. */
  readonly settled: Promise<void>;
  /** Ends the round. Servers without an answer stay `checking`. */
  stop(): void;
}

/**
 * ms that the first usable answer waits for others. Servers in one network answer within a few ms of each other. A server
 * that takes this much longer is dead or overloaded, and a login must not wait for it.
 */
export const graceMs = 150;

/**
 * Asks all servers at once.
 * @param ask asks one server; it ends in bounded time and never throws
 * @param onAnswer called with each answer; for a server whose info service is silent, first with the result of its ssh port
 */
export function surveyServers(
  servers: readonly ServerAddress[],
  ask: (server: ServerAddress, question: Omit<Question, 'care'>) => Promise<ProbeResult>,
  onAnswer: (status: ServerStatus) => void,
): Survey {
  const startedAt = performance.now();
  const abort = new AbortController();
  // One listener for each server is not a leak.
  setMaxListeners(0, abort.signal);
  const statuses = servers.map((server) => uncheckedStatus(server, startedAt));
  let grace: NodeJS.Timeout | undefined;
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const finish = (): void => {
    clearTimeout(grace);
    settle();
  };
  const answers = servers.map(async (server, index) => {
    const learn = (result: ProbeResult): void => {
      if (abort.signal.aborted) return;
      const status = statusOf(server, result, { askedAt: startedAt, ms: Math.round(performance.now() - startedAt) });
      statuses[index] = status;
      if (isUsable(status)) grace ??= setTimeout(settle, graceMs);
      onAnswer(status);
    };
    learn(await ask(server, { signal: abort.signal, onEarly: learn }));
  });
  const complete = Promise.all(answers).then(finish);
  return {
    statuses: () => [...statuses],
    startedAt,
    complete,
    settled,
    stop: () => {
      abort.abort();
      finish();
    },
  };
}

/** A round without questions, where the source of the list reports the statuses too. */
export function toldSurvey(statuses: readonly ServerStatus[]): Survey {
  // Not Math.min(...), since a list can be longer than the maximum number of arguments.
  const startedAt = statuses.reduce(
    (earliest, { askedAt }) => Math.min(earliest, askedAt ?? earliest),
    performance.now(),
  );
  const complete = Promise.resolve();
  return { statuses: () => statuses, startedAt, complete, settled: complete, stop: () => {} };
}

/** The status of a server after an answer. */
export function statusOf(
  server: ServerAddress,
  result: ProbeResult,
  timing: { readonly askedAt: number; readonly ms: number },
): ServerStatus {
  const known = { ...uncheckedStatus(server, timing.askedAt), address: result.address, ms: timing.ms };
  switch (result.kind) {
    case 'down':
      return { ...known, state: 'down', reason: result.reason };
    case 'ssh-only':
      return { ...known, state: 'unrated' };
    case 'info': {
      const { info } = result;
      return {
        ...known,
        state: info.draining || info.rating === 0 ? 'draining' : 'up',
        rating: info.rating,
        sessions: info.running,
        capacity: info.capacity,
        ratingAgeMs: info.ageMs,
        info,
      };
    }
  }
}
