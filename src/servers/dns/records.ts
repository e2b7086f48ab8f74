import type * as dns from 'dns-packet';
import { askNameServers, type NameServers } from './name-servers.js';
import type { DnsQuestion } from './query.js';
import { sameName } from './same-name.js';
import { type LookupResult, lookupFailure } from './search.js';

/** The data of a record, by the type that is asked for. */
export interface RecordData {
  readonly A: string;
  readonly AAAA: string;
  readonly SRV: dns.SrvData;
  readonly SSHFP: dns.SshfpData;
}

export interface Records<Type extends DnsQuestion['type']> {
  readonly records: readonly RecordData[Type][];
  /** Whether the resolvers say that DNSSEC has proved the records and all aliases on the way to them. */
  readonly isAuthenticated: boolean;
}

/** A longer chain of aliases is a loop or a trap. */
const maxAliases = 8;

/**
 * Asks the name servers for a full name's records of one type, through aliases, also those that lead out of an answer.
 * Never throws.
 */
export async function lookUpRecords<Type extends DnsQuestion['type']>(
  fullName: string,
  type: Type,
  nameServers: NameServers,
  signal: AbortSignal,
): Promise<LookupResult<Records<Type>>> {
  let name = fullName;
  let isAuthenticated = true;
  for (let aliases = 0; aliases <= maxAliases; ) {
    const reply = await askNameServers({ name, type }, nameServers, signal);
    if (reply.kind !== 'answered') return lookupFailure(name, reply);
    const asked = name;
    const followed = followAliases(reply.answers, asked, maxAliases + 1 - aliases);
    name = followed.name;
    aliases += followed.count;
    isAuthenticated &&= reply.authenticated;
    const records = recordsOf(reply.answers, name, type);
    if (records.length > 0) return { kind: 'found', value: { records, isAuthenticated } };
    if (sameName(asked, name)) return { kind: 'no-records', why: `${name} has no ${type} records` };
  }
  return { kind: 'no-records', why: `${fullName} leads through more than ${maxAliases} aliases` };
}

/** The data of the records that an answer holds for a name, or for the name that its aliases lead to. */
export function recordsThroughAliases<Type extends DnsQuestion['type']>(
  answers: readonly dns.Answer[],
  asked: string,
  type: Type,
): RecordData[Type][] {
  return recordsOf(answers, followAliases(answers, asked, maxAliases).name, type);
}

function recordsOf<Type extends DnsQuestion['type']>(
  answers: readonly dns.Answer[],
  owner: string,
  type: Type,
): RecordData[Type][] {
  return answers.flatMap((answer) => {
    if (!hasType(answer, type) || (answer.class ?? 'IN') !== 'IN' || !sameName(answer.name, owner)) return [];
    return [answer.data];
  });
}

function hasType<Type extends DnsQuestion['type']>(
  answer: dns.Answer,
  type: Type,
): answer is dns.Answer & dns.BaseAnswer<Type, RecordData[Type]> {
  return answer.type === type;
}

/** @returns the name to which the aliases in an answer lead, and the number of aliases, at most `max` */
function followAliases(
  answers: readonly dns.Answer[],
  asked: string,
  max: number,
): { readonly name: string; readonly count: number } {
  let name = asked;
  let count = 0;
  for (; count < max; count += 1) {
    const owner = name;
    const alias = answers.find((answer) => answer.type === 'CNAME' && sameName(answer.name, owner));
    if (alias?.type !== 'CNAME') break;
    name = alias.data;
  }
  return { name, count };
}
