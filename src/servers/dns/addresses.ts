import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { askNameServers, type NameServers } from './name-servers.js';
import type { DnsReply } from './query.js';
import { recordsThroughAliases } from './records.js';
import type { ResolverConfig } from './resolv-conf.js';
import { type LookupResult, lookupFailure, searchDns } from './search.js';

/** ms to wait for the addresses of one family, after those of the other one (RFC 8305 section 3). */
const resolutionDelayMs = 50;

/** Asks the name servers for the addresses of a host, of both families, with the search list. Never throws. */
export function queryAddresses(
  host: string,
  config: Pick<ResolverConfig, 'search' | 'ndots'>,
  nameServers: NameServers,
  signal: AbortSignal,
): Promise<LookupResult<readonly string[]>> {
  return searchDns(host, config, async (name): Promise<LookupResult<readonly string[]>> => {
    const ask = (type: 'A' | 'AAAA'): Promise<DnsReply> => askNameServers({ name, type }, nameServers, signal);
    const four = ask('A');
    const six = ask('AAAA');
    const replies = await Promise.all([inTime(four, six, name), inTime(six, four, name)]);
    const addresses = replies.flatMap((reply) => (reply ? addressesIn(reply, name) : []));
    if (addresses.length > 0) return { kind: 'found', value: addresses };
    const negative = replies.flatMap((reply) => (reply === undefined || reply.kind === 'answered' ? [] : reply));
    const told = negative.find(({ kind }) => kind === 'failed') ?? (negative.length === 2 ? negative[0] : undefined);
    return told ? lookupFailure(name, told) : { kind: 'no-records', why: `${name} has no address` };
  });
}

/** The reply, or undefined if it is late and the other family has addresses. */
async function inTime(reply: Promise<DnsReply>, other: Promise<DnsReply>, name: string): Promise<DnsReply | undefined> {
  const late = other.then((first) =>
    addressesIn(first, name).length > 0 ? sleep(resolutionDelayMs, undefined) : reply,
  );
  return Promise.race([reply, late]);
}

function addressesIn(reply: DnsReply, name: string): string[] {
  if (reply.kind !== 'answered') return [];
  return (['A', 'AAAA'] as const)
    .flatMap((type) => recordsThroughAliases(reply.answers, name, type))
    .filter((address) => isIP(address));
}
