import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../settings/server-address.js';
import { askResolver, type DnsReply, type Resolver, sameName } from './dns-query.js';
import { type ResolverConfig, searchedNames } from './resolv-conf.js';
import { firstToSucceed } from './staggered.js';
import { weightedOrder } from './weighted-order.js';

/** One SRV record (RFC 2782). For us: priority = pool, the lowest first; weight = capacity. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the dot at its end. */
  readonly target: string;
}

/**
 * Why DNS gave no servers.
 * - `no-such-name`: there is no such name
 * - `no-records`: the name has no SRV records
 * - `not-offered`: its one record has the target ".": the service is decidedly not there
 * - `no-answer`: no resolver answered in time; the message says what each did
 */
export class SrvError extends Error {
  constructor(
    readonly code: 'no-such-name' | 'no-records' | 'not-offered' | 'no-answer',
    message: string,
  ) {
    super(message);
  }
}

export interface SrvOptions extends Pick<ResolverConfig, 'search' | 'ndots' | 'timeoutMs' | 'attempts'> {
  readonly resolvers: readonly Resolver[];
  /** ms for the whole of it. */
  readonly limitMs: number;
}

/** A silent resolver holds the next one up for this long, and goes on being heard. */
const nextResolverAfterMs = 300;
/** A chain of aliases longer than this is a loop or a trap. */
const mostAliases = 8;
/** More servers than any list is meant to have. */
const mostRecords = 2_000;

/**
 * The SRV records of a name, with the search list of the system, through aliases.
 * @throws {SrvError}
 */
export async function querySrv(name: string, options: SrvOptions): Promise<SrvRecord[]> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), options.limitMs);
  try {
    let negative: SrvError | undefined;
    for (const full of searchedNames(name, options)) {
      const found = await follow(full, options, end.signal);
      if (!(found instanceof SrvError)) return found;
      if (found.code === 'no-answer' || found.code === 'not-offered') throw found;
      // Of several negative answers the one that found the name says more.
      if (negative?.code !== 'no-records') negative = found;
    }
    throw negative ?? new SrvError('no-such-name', `${name} is no name`);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

async function follow(full: string, options: SrvOptions, signal: AbortSignal): Promise<SrvRecord[] | SrvError> {
  let name = full;
  for (let aliases = 0; aliases <= mostAliases; ) {
    const reply = await askAny(name, options, signal);
    if (reply.kind === 'failed') return new SrvError('no-answer', `no resolver answered for ${name}: ${reply.problem}`);
    if (reply.kind === 'no-such-name') return new SrvError('no-such-name', `there is no name ${name}`);
    const asked = name;
    // The aliases that the answer itself holds.
    for (; aliases <= mostAliases; aliases++) {
      const owner = name;
      const alias = reply.answers.find((answer) => answer.type === 'CNAME' && sameName(answer.name, owner));
      if (alias?.type !== 'CNAME') break;
      name = alias.data;
    }
    const records = recordsOf(reply, name);
    if (records.length > 0) {
      const offered = records.filter(({ target, port }) => target !== '' && port > 0);
      return offered.length > 0 ? offered : new SrvError('not-offered', `${name} says that there is no such service`);
    }
    if (sameName(asked, name)) return new SrvError('no-records', `${name} has no SRV records`);
  }
  return new SrvError('no-records', `${full} leads through more than ${mostAliases} aliases`);
}

function recordsOf(reply: Extract<DnsReply, { kind: 'answered' }>, owner: string): SrvRecord[] {
  return reply.answers
    .flatMap((answer) => {
      if (answer.type !== 'SRV' || (answer.class ?? 'IN') !== 'IN' || !sameName(answer.name, owner)) return [];
      const { priority = 0, weight = 0, port, target } = answer.data;
      return [{ priority, weight, port, target: target.replace(/\.$/, '') }];
    })
    .slice(0, mostRecords);
}

/** The first resolver that knows wins; it goes round as often as there are attempts. */
async function askAny(name: string, options: SrvOptions, signal: AbortSignal): Promise<DnsReply> {
  const { resolvers, attempts, timeoutMs } = options;
  const ask = (resolver: Resolver) => async (within: AbortSignal) => {
    const reply = await askResolver({ name, type: 'SRV' }, resolver, timeoutMs, within);
    if (reply.kind === 'failed') throw new Error(`${resolver.address}: ${reply.problem}`);
    return reply;
  };
  const tries = Array.from({ length: attempts }, () => resolvers.map(ask)).flat();
  try {
    return await firstToSucceed(tries, nextResolverAfterMs, signal);
  } catch (error) {
    const problems = error instanceof AggregateError ? error.errors.map((one) => (one as Error).message) : [];
    return { kind: 'failed', problem: [...new Set(problems)].join('; ') || 'there is none' };
  }
}

/**
 * The records in the order in which they are tried: by priority, and within one at random by weight. RFC 2782's own
 * procedure draws from 0..T inclusive and so gives the first record too much ({1, 1} becomes 2/3 to 1/3), as its
 * erratum on the weights says; drawing in exact proportion with weight 0 last is what the erratum suggests.
 * @param random uniform in [0, 1), as Math.random
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    weightedOrder(
      records.filter((record) => record.priority === priority),
      ({ weight }) => weight,
      random,
    ),
  );
}

/**
 * The servers that records name, without repetitions, in their order; a target that is no host name is left out.
 * @param sshPort the port that goes without saying in a server's name
 */
export function srvServers(records: readonly SrvRecord[], sshPort: number): ServerAddress[] {
  return withoutDuplicates(
    records.flatMap(({ target, port }) => {
      return parseServerAddress(port === sshPort ? target : `${target}:${port}`, sshPort) ?? [];
    }),
  );
}
