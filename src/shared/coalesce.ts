/**
 * Makes one call of many: hundreds of servers answer within a moment, and the windows are told the whole table each
 * time.
 * @returns a function that has `call` made `ms` after the first of its own calls, once for all that come meanwhile
 */
export function coalesce(ms: number, call: () => void): () => void {
  let awaited: 'nothing' | 'the call' = 'nothing';
  return () => {
    if (awaited === 'the call') return;
    awaited = 'the call';
    setTimeout(() => {
      awaited = 'nothing';
      call();
    }, ms);
  };
}
