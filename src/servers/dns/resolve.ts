import type { LookupFunction } from 'node:net';
import { pause, withDeadline } from '../../shared/abort.js';
import type { ConnectFailure } from '../../shared/connect-failure.js';
import { readText } from '../../shared/files/files.js';
import { isIpAddress } from '../../shared/ip-address.js';
import { runProgram } from '../../shared/programs/run-program.js';
import { queryAddresses } from './addresses.js';
import { nameServersOf, systemResolverConfig } from './name-servers.js';
import type { LookupResult } from './search.js';
import { Slots } from './slots.js';

/**
 * A host name has no address.
 * - `unresolvable`: the name is not known ("Name or service not known")
 * - `dns-failed`: no name server can tell at the moment ("Temporary failure in name resolution")
 */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';

  constructor(
    readonly code: Extract<ConnectFailure, 'unresolvable' | 'dns-failed'>,
    message: string,
  ) {
    super(message);
  }
}

/** ssh tries all addresses of a name. A round-robin name has many, and a hostile resolver may send thousands. */
const maxAddresses = 100;
/** Each lookup is a process, so their number is limited. */
const lookups = new Slots(64);

/**
 * ms that the system's resolver has before DNS is asked in parallel. If it was slow the last time, a name server is dead,
 * so only sources that need no name server are waited for.
 */
const patienceMs = { normal: 250, afterSlowness: 100 } as const;
/** ms that DNS has to tell why a name has no address. */
const whyMs = 1_000;

let systemIsSlow = false;

/**
 * The addresses of a host by the system's resolver (nsswitch.conf: hosts file, DNS, ...), through getent(1). Node's
 * dns.lookup does the same in its thread pool, where two dead names delay all others and the exit of the process. A
 * process can be killed.
 *
 * The C library waits 5 s for a dead name server, for each name again. So DNS is asked in parallel if the resolver is slow;
 * {@link askNameServers} remembers dead name servers. getent(1) also does not distinguish an unknown name from a failing
 * name server, so DNS is asked for the reason too.
 * @param timeoutMs the lookup ends a little earlier, so that the caller gets the reason before its own timeout
 * @throws {ResolveError}
 */
export async function resolveHost(host: string, timeoutMs: number, signal?: AbortSignal): Promise<string[]> {
  if (isIpAddress(host)) return [host];
  const ownMs = timeoutMs - Math.min(100, timeoutMs / 10);
  return withDeadline(ownMs, signal, (within) => lookups.run(() => resolveWithin(host, timeoutMs, within)));
}

type SystemAnswer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'none' | 'silent' };

async function resolveWithin(host: string, timeoutMs: number, signal: AbortSignal): Promise<string[]> {
  let dns: Promise<LookupResult<readonly string[]>> | undefined;
  const askDns = (): Promise<LookupResult<readonly string[]>> => {
    dns ??= lookInDns(host, signal);
    return dns;
  };
  const system = askSystem(host, timeoutMs, signal);
  const patience = pause(systemIsSlow ? patienceMs.afterSlowness : patienceMs.normal, signal);
  const first = await Promise.race([system, patience]);
  systemIsSlow = first === undefined && !signal.aborted;
  const fromDns = (looked: LookupResult<readonly string[]>): SystemAnswer | undefined =>
    looked.kind === 'found' ? { kind: 'addresses', addresses: looked.value } : undefined;
  const mayUseDns = first === undefined && !isInHostsFile(host);
  const told = mayUseDns
    ? await Promise.race([system, askDns().then((looked) => fromDns(looked) ?? system)])
    : (first ?? (await system));
  if (told.kind === 'addresses') return told.addresses.slice(0, maxAddresses);
  const why = await Promise.race([askDns(), pause(whyMs, signal)]);
  // The system's resolver takes precedence, but it has not answered.
  if (told.kind === 'silent' && why?.kind === 'found') return why.value.slice(0, maxAddresses);
  if (why?.kind === 'no-such-name' || why?.kind === 'no-records') {
    throw new ResolveError('unresolvable', `${host}: ${why.why}`);
  }
  throw new ResolveError('dns-failed', `${host}: ${reasonIn(why)}`);
}

/** Whether the system's resolver knows the name without DNS. It may be slow on a busy computer, and DNS may differ. */
function isInHostsFile(host: string): boolean {
  const name = host.toLowerCase();
  const text = (readText('/etc/hosts') ?? '').toLowerCase();
  // The usual case, and much faster.
  if (!text.includes(name)) return false;
  return text.split('\n').some((line) => (line.split('#', 1)[0] ?? '').trim().split(/\s+/).slice(1).includes(name));
}

function reasonIn(why: LookupResult<unknown> | undefined): string {
  if (why === undefined) return 'no answer in time';
  return why.kind === 'found' ? "DNS has an address, but the system's resolver has not" : why.why;
}

/** Never throws; ends with the signal. */
async function askSystem(host: string, timeoutMs: number, signal: AbortSignal): Promise<SystemAnswer> {
  const stdout = { maxBytes: 65_536, part: 'all' } as const;
  const end = await runProgram('getent', ['ahosts', '--', host], { children: 'bound', stdout, timeoutMs, signal });
  const addresses = end.problem === undefined ? parseAhosts(end.stdout) : [];
  if (addresses.length > 0) return { kind: 'addresses', addresses };
  // getent(1): exit code 2 means "not found".
  return { kind: end.kind === 'exited' && (end.code === 0 || end.code === 2) ? 'none' : 'silent' };
}

/** Never throws; ends with the signal. */
async function lookInDns(host: string, signal: AbortSignal): Promise<LookupResult<readonly string[]>> {
  const config = systemResolverConfig();
  // Without a name server, names come from another source, and DNS is not what failed.
  if (!config.isConfigured) return { kind: 'no-such-name', why: 'no name server is configured' };
  return queryAddresses(host, config, nameServersOf(config), signal);
}

/** The distinct addresses in the output of `getent ahosts`, in its order (RFC 6724). */
export function parseAhosts(output: string): string[] {
  const first = output.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '');
  return [...new Set(first)].filter((word) => isIpAddress(word)).slice(0, maxAddresses);
}

/** {@link resolveHost} as a lookup function for net.connect, which can then race the addresses of both families. */
export function lookupThrough(timeoutMs: number, signal?: AbortSignal): LookupFunction {
  return (host, _options, callback) => {
    resolveHost(host, timeoutMs, signal).then(
      (addresses) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
      (error: Error) => callback(error, []),
    );
  };
}
