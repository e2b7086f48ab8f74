/**
 * Why sshd turns a client away before any key is shown: it writes a line in place of its banner and closes.
 * - `penalized`: this client's address has had too many failed or unfinished logins (PerSourcePenalties, OpenSSH 9.8)
 * - `crowded`: as many logins are under way as it takes (MaxStartups, PerSourceMaxStartups)
 */
export type SshdRefusal = 'penalized' | 'crowded';

/** @param text what a server said before its banner */
export function sshdRefusal(text: string): SshdRefusal | undefined {
  if (/^Not allowed at this time/m.test(text)) return 'penalized';
  return /^Exceeded MaxStartups/m.test(text) ? 'crowded' : undefined;
}
