/**
 * Asks until the answer is not undefined, null or false. An exception counts as no answer, since a widget may vanish
 * while it is read.
 * @throws Error that names `what`, with the last exception, when `ms` have passed
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  // Long, for a busy machine; this is no measurement of time.
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

/** The value once it has been the same for 200 ms, such as a layout or a scroll position. */
export async function settled<T>(read: () => T | Promise<T>): Promise<T> {
  let before = await read();
  return waitFor('it to come to rest', async () => {
    await pause(200);
    const now = await read();
    const isSame = JSON.stringify(now) === JSON.stringify(before);
    before = now;
    return isSame && now;
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
