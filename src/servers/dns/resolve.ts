import { isIP, type LookupFunction } from 'node:net';
import { withDeadline } from '../../shared/abort.js';
import type { ConnectFailure } from '../../shared/connect-failure.js';
import { runProgram } from '../../shared/run-program.js';
import { queryAddresses } from './addresses.js';
import { nameServersOf, readIfThere, systemResolverConfig } from './name-servers.js';
import type { LookupResult } from './search.js';
import { Slots } from './slots.js';

/**
 * No address for a host name.
 * - `unresolvable`: the name is not known ("Name or service not known")
 * - `dns-failed`: nobody can say at the moment ("Temporary failure in name resolution")
 */
export class ResolveError extends Error {
  constructor(
    readonly code: Extract<ConnectFailure, 'unresolvable' | 'dns-failed'>,
    message: string,
  ) {
    super(message);
  }
}

/** ssh tries all addresses of a name, and a round-robin name has many; a hostile resolver may send thousands. */
const maxAddresses = 100;
/** Each lookup is a process; a thousand at once would only wait for each other. */
const lookups = new Slots(64);

/**
 * The system's resolver gets so many ms before DNS is asked beside it. Where it was slow the last time, a name server is
 * dead, and only what needs no name server is waited for.
 */
const patienceMs = { usual: 250, afterSlowness: 100 } as const;
/** DNS gets so many ms to tell why a name has no address. */
const whyMs = 1_000;

let systemIsSlow = false;

/**
 * The addresses of a host by the system's own resolver (nsswitch.conf: hosts file, DNS, ...), asked through
 * getent(1). Node's dns.lookup would do the same in its thread pool, where two dead names keep all others waiting
 * and delay the exit of the process; a process can be ended.
 *
 * The C library waits 5 s for a dead name server, for each name again. So DNS is asked beside it when it takes long;
 * {@link askNameServers} remembers who is dead. getent(1) does not tell an unknown name from a name server's trouble
 * either; DNS is asked for that, too.
 * @param timeoutMs it ends a little earlier, so that a caller who waits as long hears the reason
 * @throws {ResolveError}
 */
export async function resolveHost(host: string, timeoutMs: number, signal?: AbortSignal): Promise<string[]> {
  if (isIP(host.replace(/%.*$/, ''))) return [host];
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
  const patience = pause(systemIsSlow ? patienceMs.afterSlowness : patienceMs.usual, signal);
  const first = await Promise.race([system, patience]);
  systemIsSlow = first === undefined && !signal.aborted;
  const fromDns = (looked: LookupResult<readonly string[]>): SystemAnswer | undefined =>
    looked.kind === 'found' ? { kind: 'addresses', addresses: looked.value } : undefined;
  const dnsMayTell = first === undefined && !isInHostsFile(host);
  const told = dnsMayTell
    ? await Promise.race([system, askDns().then((looked) => fromDns(looked) ?? system)])
    : (first ?? (await system));
  if (told.kind === 'addresses') return told.addresses.slice(0, maxAddresses);
  const why = await Promise.race([askDns(), pause(whyMs, signal)]);
  // Not what the system says, but all there is where it says nothing.
  if (told.kind === 'silent' && why?.kind === 'found') return why.value.slice(0, maxAddresses);
  if (why?.kind === 'no-such-name' || why?.kind === 'no-records') {
    throw new ResolveError('unresolvable', `${host}: ${why.why}`);
  }
  throw new ResolveError('dns-failed', `${host}: ${reasonIn(why)}`);
}

/** Then the system knows it without DNS, however long it takes on a busy computer, and DNS may know another. */
function isInHostsFile(host: string): boolean {
  const name = host.toLowerCase();
  const text = readIfThere('/etc/hosts').toLowerCase();
  // Mostly it does not have the name at all.
  if (!text.includes(name)) return false;
  return text.split('\n').some((line) => (line.split('#', 1)[0] ?? '').trim().split(/\s+/).slice(1).includes(name));
}

function reasonIn(why: LookupResult<unknown> | undefined): string {
  if (why === undefined) return 'no answer in time';
  return why.kind === 'found' ? "DNS knows it, the system's resolver does not" : why.why;
}

/** Never throws; ends with the signal. */
async function askSystem(host: string, timeoutMs: number, signal: AbortSignal): Promise<SystemAnswer> {
  const stdout = { maxBytes: 65_536, part: 'all' } as const;
  const end = await runProgram('getent', ['ahosts', '--', host], { children: 'bound', stdout, timeoutMs, signal });
  const addresses = end.problem === undefined ? parseAhosts(end.stdout) : [];
  if (addresses.length > 0) return { kind: 'addresses', addresses };
  // getent(1): 2 is "not found".
  return { kind: end.kind === 'exited' && (end.code === 0 || end.code === 2) ? 'none' : 'silent' };
}

/** Never throws; ends with the signal. */
async function lookInDns(host: string, signal: AbortSignal): Promise<LookupResult<readonly string[]>> {
  const config = systemResolverConfig();
  // Where no name server is configured, names come from somewhere else, and DNS is not what failed.
  if (!config.isConfigured) return { kind: 'no-such-name', why: 'no name server' };
  return queryAddresses(host, config, nameServersOf(config), signal);
}

function pause(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      resolve(undefined);
    };
    // Where this process was busy meanwhile, the answer may have come already: what waits is read first.
    const timer = setTimeout(() => setImmediate(finish), ms);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
  });
}

/** The distinct addresses of `getent ahosts` output, in the order that RFC 6724 gave them. */
export function parseAhosts(output: string): string[] {
  const first = output.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '');
  return [...new Set(first)].filter((word) => isIP(word.replace(/%.*$/, ''))).slice(0, maxAddresses);
}

/** {@link resolveHost} in the form that net.connect takes, so that it can race the addresses of both families. */
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
