import type { ServerAddress } from '../../shared/server-address.js';
import type { ServerStatus } from '../server-status.js';
import { type TwoChoicesPlan, twoChoicesStep } from './two-choices.js';

export interface RoundDependencies {
  /** Asks one server; ends in bounded time and never throws. */
  ask(server: ServerAddress): Promise<ServerStatus>;
  /** Monotonic clock, ms. */
  now(): number;
}

/**
 * Follows a plan of two choices: asks the servers that it names when it names them, until the choice is made.
 * @param limitMs by when it is made whatever is known
 * @returns all servers, best first
 */
export async function askByPlan(
  plan: TwoChoicesPlan,
  limitMs: number,
  dependencies: RoundDependencies,
): Promise<ServerStatus[]> {
  const startedAt = dependencies.now();
  const answers: ServerStatus[] = [];
  let asked = 0;
  let wake = (): void => {};
  for (;;) {
    const now = dependencies.now();
    const step = twoChoicesStep(plan, { asked, answers: [...answers], elapsedMs: now - startedAt }, limitMs, now);
    if (step.kind === 'decided') return [...step.order];
    // Made before asking: an answer that comes at once must find somebody to wake.
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    for (const { server } of step.servers) {
      asked += 1;
      void dependencies.ask(server).then((status) => {
        answers.push(status);
        wake();
      });
    }
    const timer = setTimeout(() => wake(), Math.max(1, startedAt + step.againAtMs - dependencies.now()));
    await woken;
    clearTimeout(timer);
  }
}
