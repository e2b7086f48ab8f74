import type { DnsReply } from './query.js';
import { type ResolverConfig, searchedNames } from './resolv-conf.js';

/**
 * Why a lookup found nothing.
 * - `no-such-name`, `no-records`: a definite answer of a name server
 * - `server-failed`: every name server that answered has failed (SERVFAIL, REFUSED)
 * - `no-answer`: no name server answered in time
 */
export interface LookupFailure {
  readonly kind: 'no-such-name' | 'no-records' | 'server-failed' | 'no-answer';
  readonly why: string;
}

export type LookupResult<T> = { readonly kind: 'found'; readonly value: T } | LookupFailure;

/**
 * Looks a name up with the search list, by the rules of glibc's res_search. After "no such name", "no records" or a failed
 * name server, the next domain is tried; after silence, no further domain is. The name as it is is always tried. If it was
 * tried first, its failure is returned, otherwise the failure that says most. Unlike glibc, the search also continues after
 * REFUSED, which costs no time.
 * @param look looks up one full name
 */
export async function searchDns<T>(
  name: string,
  config: Pick<ResolverConfig, 'search' | 'ndots'>,
  look: (full: string) => Promise<LookupResult<T>>,
): Promise<LookupResult<T>> {
  const names = searchedNames(name, config);
  const failures: LookupFailure[] = [];
  let goesOn = true;
  for (const full of names) {
    if (full !== name && !goesOn) continue;
    const looked = await look(full);
    if (looked.kind === 'found') return looked;
    failures.push(looked);
    if (full !== name && looked.kind === 'no-answer') goesOn = false;
  }
  const [first] = failures;
  const failureOfKind = (kind: LookupFailure['kind']): LookupFailure | undefined =>
    failures.find((failure) => failure.kind === kind);
  const telling = names[0] === name ? first : (failureOfKind('no-records') ?? failureOfKind('server-failed'));
  return telling ?? failures.at(-1) ?? { kind: 'no-such-name', why: `${name} is not a valid name` };
}

/** The failure by a reply without an answer. */
export function lookupFailure(name: string, reply: Exclude<DnsReply, { kind: 'answered' }>): LookupFailure {
  if (reply.kind === 'no-such-name') return { kind: 'no-such-name', why: `the name ${name} does not exist` };
  return {
    kind: reply.answered ? 'server-failed' : 'no-answer',
    why: `no name server has an answer for ${name}: ${reply.problem}`,
  };
}
