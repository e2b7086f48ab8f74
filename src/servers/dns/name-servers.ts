import { hostname } from 'node:os';
import { readText } from '../../shared/files/files.js';
import { firstToSucceed } from '../../shared/staggered.js';
import type { DnsQuestion, DnsReply, Resolver } from './query.js';
import { parseResolvConf, type ResolverConfig } from './resolv-conf.js';

/** The name servers, and their timeouts. */
export interface NameServers extends Pick<ResolverConfig, 'timeoutMs' | 'attempts'> {
  readonly resolvers: readonly Resolver[];
}

/** ms that a silent name server delays the next one. Its answer is still accepted after that. */
const nextResolverAfterMs = 300;
/** ms that a silent name server has after another one has answered with an error. */
const besideAnswerMs = 1_000;

/**
 * Name servers that did not answer their last question. They are asked last, so that a dead one delays one question and
 * not every question of this process.
 */
const silent = new Set<string>();

const keyOf = ({ address, port }: Resolver): string => `${address} ${port}`;

/** Asks the name servers until one has a definite answer, and repeats this by the number of attempts. Never throws. */
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
    const shortened = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const onFailure = (): void => {
      timer ??= setTimeout(() => shortened.abort(), askedAt + besideAnswerMs - performance.now());
    };
    waiting.add(onFailure);
    if (failures.some(({ answered }) => answered)) onFailure();
    // Loaded here, because most logins ask no name server: the system resolves the names.
    const { askResolver } = await import('./query.js');
    const reply = await askResolver(question, resolver, timeoutMs, AbortSignal.any([within, shortened.signal]));
    waiting.delete(onFailure);
    clearTimeout(timer);
    if (reply.kind !== 'failed' || reply.answered) silent.delete(keyOf(resolver));
    // An aborted question may not have left enough time for an answer.
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
    const problem =
      [...new Set(failures.map((failure) => failure.problem))].join('; ') || 'no name server is configured';
    return { kind: 'failed', answered: failures.some(({ answered }) => answered), problem };
  }
}

/** The configuration by this system's resolv.conf; without the file, the defaults of glibc. */
export function systemResolverConfig(file = '/etc/resolv.conf'): ResolverConfig {
  return parseResolvConf(readText(file) ?? '', hostname());
}

/**
 * The name servers of resolv.conf, in the order of the file.
 * @param random uniform in [0, 1), as Math.random; selects the first one under `options rotate`
 */
export function nameServersOf(
  { nameservers, rotate, timeoutMs, attempts }: ResolverConfig,
  random: () => number = Math.random,
): NameServers {
  const first = rotate ? Math.floor(random() * nameservers.length) : 0;
  const order = [...nameservers.slice(first), ...nameservers.slice(0, first)];
  return { resolvers: order.map((address) => ({ address, port: 53 })), timeoutMs, attempts };
}
