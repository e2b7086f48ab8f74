import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { ServerAddress } from '../shared/server-address.js';
import type { ProbeResult, Question } from './probe.js';
import { isUsable, type ServerStatus, uncheckedStatus } from './server-status.js';

/** One round of asking servers, all at once. */
export interface Survey {
  /** What is known by now, in list order. */
  statuses(): readonly ServerStatus[];
  /** When it began, on the monotonic clock in ms. */
  readonly startedAt: number;
  /** Resolves when every server has answered or run out of time, and nothing can change any more. */
  readonly complete: Promise<void>;
  /** Resolves when waiting longer would hardly change a choice: complete, or {@link graceMs} after the first usable answer. */
  readonly settled: Promise<void>;
  /** Ends the round; servers without an answer stay `checking`. */
  stop(): void;
}

/**
 * How long the first usable answer waits for others, in ms. Servers in one network answer within a few ms of each
 * other; one that takes this much longer is dead or in trouble, and a login must not wait for it.
 */
export const graceMs = 150;

/**
 * @param ask asks one server, ends in bounded time and never throws
 * @param onAnswer called with each answer; of a server whose info service is silent first with what its ssh port told
 */
export function surveyServers(
  servers: readonly ServerAddress[],
  ask: (server: ServerAddress, question: Omit<Question, 'care'>) => Promise<ProbeResult>,
  onAnswer: (status: ServerStatus) => void,
): Survey {
  const startedAt = performance.now();
  const abort = new AbortController();
  // One listener for each server is no leak.
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

/** A round in which nobody is asked, as whoever keeps the list tells all. */
export function toldSurvey(statuses: readonly ServerStatus[]): Survey {
  // Not Math.min(...): a list may be longer than a call takes arguments.
  const startedAt = statuses.reduce((least, { askedAt }) => Math.min(least, askedAt ?? least), performance.now());
  const complete = Promise.resolve();
  return { statuses: () => statuses, startedAt, complete, settled: complete, stop: () => {} };
}

/** What an answer makes of a server. */
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
