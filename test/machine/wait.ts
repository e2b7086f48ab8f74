/**
 * Asks until the answer is something, with a pause in between: what is asked has the processors that it looks at.
 * @throws Error that names `what`, with the last exception, when the time is over
 */
export async function eventually<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | false>,
  pauseMs = 500,
): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${seconds} s for: ${what}`, { cause: last });
    await pause(pauseMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
