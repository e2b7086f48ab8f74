import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { readText } from '../../shared/files.js';
import { firstToSucceed } from '../../shared/staggered.js';
import { askResolver, type DnsQuestion, type DnsReply, type Resolver } from './query.js';
import { parseResolvConf, type ResolverConfig } from './resolv-conf.js';

/** Who is asked, and how patiently. */
export interface NameServers extends Pick<ResolverConfig, 'timeoutMs' | 'attempts'> {
  readonly resolvers: readonly Resolver[];
}

/** A silent name server delays the next one by this many ms, and its answer is still accepted. */
const nextResolverAfterMs = 300;
/** A silent one gets no more than this many ms, once another has answered that it cannot tell. */
const besideAnswerMs = 1_000;

/**
 * Those that did not answer when they were last asked, for the life of the process. They are asked last, so that a
 * dead name server delays one question and not each.
 */
const silent = new Set<string>();

const keyOf = ({ address, port }: Resolver): string => `${address} ${port}`;

/** Asks until a name server knows; starts over as often as there are attempts. Never throws. */
export async function askNameServers(
  question: DnsQuestion,
  { resolvers, attempts, timeoutMs }: NameServers,
  signal: AbortSignal,
): Promise<DnsReply> {
  const isSilent = (resolver: Resolver): boolean => silent.has(keyOf(resolver));
  const order = [...resolvers.filter((one) => !isSilent(one)), ...resolvers.filter(isSilent)];
  const failures: Extract<DnsReply, { kind: 'failed' }>[] = [];
  const waiting = new Set<() => void>();
  const ask = (resolver: Resolver) => async (within: AbortSignal) => {
    const askedAt = performance.now();
    const impatience = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const onFailure = (): void => {
      timer ??= setTimeout(() => impatience.abort(), askedAt + besideAnswerMs - performance.now());
    };
    waiting.add(onFailure);
    if (failures.some(({ answered }) => answered)) onFailure();
    const reply = await askResolver(question, resolver, timeoutMs, AbortSignal.any([within, impatience.signal]));
    waiting.delete(onFailure);
    clearTimeout(timer);
    if (reply.kind !== 'failed' || reply.answered) silent.delete(keyOf(resolver));
    // The question may have been withdrawn before anybody could answer.
    else if (!within.aborted || performance.now() - askedAt >= nextResolverAfterMs) silent.add(keyOf(resolver));
    if (reply.kind !== 'failed') return reply;
    failures.push({ ...reply, problem: `${resolver.address}: ${reply.problem}` });
    if (reply.answered) for (const tell of waiting) tell();
    throw new Error(reply.problem);
  };
  try {
    return await firstToSucceed(
      Array.from({ length: attempts }, () => order.map(ask)).flat(),
      nextResolverAfterMs,
      signal,
    );
  } catch {
    const problem = [...new Set(failures.map((failure) => failure.problem))].join('; ') || 'there is none';
    return { kind: 'failed', answered: failures.some(({ answered }) => answered), problem };
  }
}

/** How this system's resolv.conf says that DNS is asked; without the file as glibc does. */
export function systemResolverConfig(file = '/etc/resolv.conf'): ResolverConfig {
  return parseResolvConf(readText(file) ?? '', hostname());
}

/**
 * The name servers of resolv.conf on their port, in the order of the file.
 * @param random uniform in [0, 1), as Math.random: which one is first under `options rotate`
 */
export function nameServersOf(
  { nameservers, rotate, timeoutMs, attempts }: ResolverConfig,
  random: () => number = Math.random,
): NameServers {
  const first = rotate ? Math.floor(random() * nameservers.length) : 0;
  const order = [...nameservers.slice(first), ...nameservers.slice(0, first)];
  return { resolvers: order.map((address) => ({ address, port: 53 })), timeoutMs, attempts };
}
