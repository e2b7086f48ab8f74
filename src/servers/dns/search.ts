import type { DnsReply } from './query.js';
import { type ResolverConfig, searchedNames } from './resolv-conf.js';

/**
 * Why a name gave nothing.
 * - `no-such-name`, `no-records`: a name server says so
 * - `server-failed`: every name server that answered has trouble of its own (SERVFAIL, REFUSED)
 * - `no-answer`: no name server answered in time
 */
export interface LookupFailure {
  readonly kind: 'no-such-name' | 'no-records' | 'server-failed' | 'no-answer';
  readonly why: string;
}

export type LookupResult<T> = { readonly kind: 'found'; readonly value: T } | LookupFailure;

/**
 * Looks a name up with the search list, by the rules of glibc's res_search: after "no such name", "no records" and a
 * name server's trouble the next domain is tried, after silence none; the name as it is, always. A name that was first
 * tried as it is fails for the reason of that try, any other for the reason that says most. Unlike glibc it also goes
 * on after REFUSED, which costs no time.
 * @param look asks for one full name
 */
export async function searchDns<T>(
  name: string,
  config: Pick<ResolverConfig, 'search' | 'ndots'>,
  look: (full: string) => Promise<LookupResult<T>>,
): Promise<LookupResult<T>> {
  const asIs = name.replace(/\.$/, '');
  const names = searchedNames(name, config);
  const misses: LookupFailure[] = [];
  let goesOn = true;
  for (const full of names) {
    if (full !== asIs && !goesOn) continue;
    const looked = await look(full);
    if (looked.kind === 'found') return looked;
    misses.push(looked);
    if (full !== asIs && looked.kind === 'no-answer') goesOn = false;
  }
  const [first] = misses;
  const worthTelling = (kind: LookupFailure['kind']): LookupFailure | undefined =>
    misses.find((miss) => miss.kind === kind);
  const told = names[0] === asIs ? first : (worthTelling('no-records') ?? worthTelling('server-failed'));
  return told ?? misses.at(-1) ?? { kind: 'no-such-name', why: `${name} is no name` };
}

/** What a name server's reply means where it gives nothing. */
export function lookupFailure(name: string, reply: Exclude<DnsReply, { kind: 'answered' }>): LookupFailure {
  if (reply.kind === 'no-such-name') return { kind: 'no-such-name', why: `there is no name ${name}` };
  return {
    kind: reply.answered ? 'server-failed' : 'no-answer',
    why: `no name server answered for ${name}: ${reply.problem}`,
  };
}
