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
 * Carries out a plan: asks the servers when {@link twoChoicesStep} says so, until the choice is made.
 * @param limitMs the choice is made after this many ms at the latest
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
    // Created before asking, because an answer may arrive immediately.
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
