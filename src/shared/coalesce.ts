/**
 * Combines many calls into one: hundreds of servers answer at almost the same time, and the windows get the whole table
 * each time.
 * @returns a function that calls `call` once, `ms` after the first of a series of its own calls
 */
export function coalesce(ms: number, call: () => void): () => void {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(() => {
      isScheduled = false;
      call();
    }, ms);
  };
}
