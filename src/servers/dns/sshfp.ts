import { isIP } from 'node:net';
import { systemResolverConfig } from './name-servers.js';
import type { Resolver } from './query.js';
import { lookUpRecords, type RecordData } from './records.js';
import type { ResolverConfig } from './resolv-conf.js';
import { type LookupResult, searchDns } from './search.js';

/** One SSHFP record (RFC 4255). */
export interface SshfpRecord {
  /** 1 RSA, 3 ECDSA (RFC 6594), 4 Ed25519 (RFC 7479). */
  readonly algorithm: number;
  /** 1 SHA-1, 2 SHA-256. */
  readonly hash: number;
  readonly fingerprint: Buffer;
}

export type SshfpAnswer =
  /** Records that DNSSEC has proved. */
  | { readonly kind: 'proved'; readonly records: readonly SshfpRecord[] }
  /** No proved records, with the reason for the administrator. */
  | { readonly kind: 'nothing'; readonly why: string };

export interface SshfpOptions extends Pick<ResolverConfig, 'search' | 'ndots'> {
  /** Resolvers whose DNSSEC validation is trusted. Their answers must not cross an untrusted network. */
  readonly resolvers: readonly Resolver[];
  /** ms for each question. */
  readonly timeoutMs: number;
}

/** More than any host has. */
const maxRecords = 50;

/**
 * Asks for the fingerprints of a host's keys. They count only if the resolver says that DNSSEC has proved them. Never
 * throws.
 * @param host a host name; an address has no such records
 */
export async function querySshfp(host: string, options: SshfpOptions): Promise<SshfpAnswer> {
  const { resolvers, timeoutMs } = options;
  if (isIP(host) !== 0) return { kind: 'nothing', why: 'an address has no SSHFP records' };
  if (resolvers.length === 0) return { kind: 'nothing', why: 'no resolver on this machine, and none is configured' };
  const nameServers = { resolvers, timeoutMs, attempts: 1 };
  const result = await searchDns(host, options, async (name): Promise<LookupResult<SshfpAnswer>> => {
    const found = await lookUpRecords(name, 'SSHFP', nameServers, AbortSignal.timeout(timeoutMs));
    if (found.kind !== 'found') return found;
    const { records, isAuthenticated } = found.value;
    if (isAuthenticated)
      return { kind: 'found', value: { kind: 'proved', records: records.slice(0, maxRecords).map(decode) } };
    const why = `the resolver has not proved the SSHFP records of ${name} by DNSSEC`;
    return { kind: 'found', value: { kind: 'nothing', why } };
  });
  return result.kind === 'found' ? result.value : { kind: 'nothing', why: result.why };
}

function decode({ algorithm, hash, fingerprint }: RecordData['SSHFP']): SshfpRecord {
  return { algorithm, hash, fingerprint: Buffer.from(fingerprint, 'hex') };
}

/**
 * The resolvers whose DNSSEC validation is trusted: the configured ones, or else those of resolv.conf that run on this
 * machine. The answer of any other resolver, with its flag, can be forged on its way.
 * @param named the configured addresses; undefined for none
 */
export function trustedResolvers(named: readonly string[] | undefined, nameservers: readonly string[]): Resolver[] {
  const addresses = named ?? nameservers.filter((address) => /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1');
  return addresses.map((address) => ({ address, port: 53 }));
}

/** The options of this machine. @param timeoutMs for each question */
export function systemSshfpOptions(named: readonly string[] | undefined, timeoutMs: number): SshfpOptions {
  const { nameservers, search, ndots } = systemResolverConfig();
  return { search, ndots, timeoutMs, resolvers: trustedResolvers(named, nameservers) };
}
