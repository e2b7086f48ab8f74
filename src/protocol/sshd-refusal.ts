/**
 * Why sshd turns a client away before any key is shown: it writes a line in place of its banner and closes.
 * - `busy`: as many logins are under way as it takes (MaxStartups, PerSourceMaxStartups)
 * - `turned-away`: OpenSSH 10 says the same words for that and for too many failed or unfinished logins from this
 *   client's address (PerSourcePenalties)
 */
export type SshdRefusal = 'turned-away' | 'busy';

const refusals: readonly { readonly words: RegExp; readonly code: SshdRefusal }[] = [
  { words: /not allowed at this time/i, code: 'turned-away' },
  { words: /exceeded maxstartups/i, code: 'busy' },
];

/** @param text what a server said before its banner */
export function sshdRefusal(text: string): SshdRefusal | undefined {
  return refusals.find(({ words }) => words.test(text))?.code;
}
