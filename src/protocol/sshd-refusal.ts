/**
 * Why sshd rejects a client before it shows a key: it writes a line instead of its banner and closes the connection.
 * - `busy`: too many logins in progress (MaxStartups, PerSourceMaxStartups)
 * - `turned-away`: too many failed or unfinished logins from this address (PerSourcePenalties). OpenSSH 10 gives the
 *   same message where too many logins are in progress
 */
export type SshdRefusal = 'turned-away' | 'busy';

const refusals: readonly { readonly pattern: RegExp; readonly code: SshdRefusal }[] = [
  { pattern: /not allowed at this time/i, code: 'turned-away' },
  { pattern: /exceeded maxstartups/i, code: 'busy' },
];

/** @param text the output of a server before its banner */
export function sshdRefusal(text: string): SshdRefusal | undefined {
  return refusals.find(({ pattern }) => pattern.test(text))?.code;
}
