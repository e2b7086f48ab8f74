/**
 * Asks until the answer is something: not undefined, null or false. An exception counts as no answer (a widget may
 * vanish while it is looked at).
 * @throws Error that names `what`, with the last exception, when `ms` have passed
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  // Long, for a busy machine: what is waited for is not timed here.
  ms = 20_000,
): Promise<T> {
  const end = performance.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${ms} ms for: ${what}`, { cause: last });
    await pause(20);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
