import { isIP } from 'node:net';
import type { Answer } from 'dns-packet';
import { askNameServers, systemResolverConfig } from './name-servers.js';
import { followAliases, type Resolver, sameName } from './query.js';
import type { ResolverConfig } from './resolv-conf.js';
import { type LookupResult, lookupFailure, searchDns } from './search.js';

/** One SSHFP record (RFC 4255). */
export interface SshfpRecord {
  /** 1 RSA, 3 ECDSA (RFC 6594), 4 Ed25519 (RFC 7479). */
  readonly algorithm: number;
  /** 1 SHA-1, 2 SHA-256. */
  readonly hash: number;
  readonly fingerprint: Buffer;
}

export type SshfpAnswer =
  /** DNSSEC has proved the records. */
  | { readonly kind: 'proved'; readonly records: readonly SshfpRecord[] }
  /** Nothing that counts, with the reason for the administrator. */
  | { readonly kind: 'nothing'; readonly why: string };

export interface SshfpOptions extends Pick<ResolverConfig, 'search' | 'ndots'> {
  /** Those whose word on DNSSEC is taken; an answer of theirs must not cross a network that is not. */
  readonly resolvers: readonly Resolver[];
  /** ms for each question. */
  readonly timeoutMs: number;
}

/** More keys than any host has. */
const maxRecords = 50;

/**
 * Asks for the fingerprints of a host's keys. They count only where the resolver says that DNSSEC has proved them.
 * Never throws.
 * @param host a name as ssh is given it; an address has no such records
 */
export async function querySshfp(host: string, options: SshfpOptions): Promise<SshfpAnswer> {
  const { resolvers, timeoutMs } = options;
  if (isIP(host) !== 0) return { kind: 'nothing', why: 'an address has no SSHFP records' };
  if (resolvers.length === 0) return { kind: 'nothing', why: 'no resolver on this machine, and none is named' };
  const looked = await searchDns(host, options, async (name): Promise<LookupResult<SshfpAnswer>> => {
    const within = AbortSignal.timeout(timeoutMs);
    const reply = await askNameServers({ name, type: 'SSHFP' }, { resolvers, timeoutMs, attempts: 1 }, within);
    if (reply.kind !== 'answered') return lookupFailure(name, reply);
    const records = recordsOf(reply.answers, name);
    if (records.length === 0) return { kind: 'no-records', why: `${name} has no SSHFP records` };
    if (reply.authenticated) return { kind: 'found', value: { kind: 'proved', records } };
    const why = `the resolver has not proved the SSHFP records of ${name} by DNSSEC`;
    return { kind: 'found', value: { kind: 'nothing', why } };
  });
  return looked.kind === 'found' ? looked.value : { kind: 'nothing', why: looked.why };
}

/** The records of the name, or of what its aliases in the answer lead to. */
function recordsOf(answers: readonly Answer[], asked: string): SshfpRecord[] {
  const owner = followAliases(answers, asked).name;
  return answers
    .flatMap((answer) => {
      if (answer.type !== 'SSHFP' || (answer.class ?? 'IN') !== 'IN' || !sameName(answer.name, owner)) return [];
      const { algorithm, hash, fingerprint } = answer.data;
      return [{ algorithm, hash, fingerprint: Buffer.from(fingerprint, 'hex') }];
    })
    .slice(0, maxRecords);
}

/**
 * Whose word on DNSSEC is taken: the resolvers that the administrator names, else those of resolv.conf that run on this
 * machine. Any other's answer can be forged on its way here, with its flag.
 * @param named addresses, or undefined where none are named
 */
export function trustedResolvers(named: readonly string[] | undefined, nameservers: readonly string[]): Resolver[] {
  const addresses = named ?? nameservers.filter((address) => /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1');
  return addresses.map((address) => ({ address, port: 53 }));
}

/** How to ask on this machine. @param timeoutMs for each question */
export function systemSshfpOptions(named: readonly string[] | undefined, timeoutMs: number): SshfpOptions {
  const { nameservers, search, ndots } = systemResolverConfig();
  return { search, ndots, timeoutMs, resolvers: trustedResolvers(named, nameservers) };
}
