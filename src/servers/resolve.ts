import { isIP, type LookupFunction } from 'node:net';
import { runProgram } from './bounded-program.js';

/** A host name that the system's resolver does not know or not in time. */
export class ResolveError extends Error {
  readonly code = 'unresolvable';
}

/** More addresses than any host has; a hostile resolver may send thousands. */
const mostAddresses = 8;
/** Lookups at a time; each is a process, and a thousand at once would only wait for each other. */
const mostAtOnce = 64;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * The addresses of a host by the system's own resolver (nsswitch.conf: hosts file, DNS, ...), asked through
 * getent(1). Node's dns.lookup would do the same in its thread pool, where two dead names keep all others waiting
 * and delay the exit of the process; a process can be ended.
 * @throws {ResolveError}
 */
export async function resolveHost(host: string, timeoutMs: number, signal?: AbortSignal): Promise<string[]> {
  if (isIP(host.replace(/%.*$/, ''))) return [host];
  if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    const bounds = { timeoutMs, outputBytes: 65_536, ...(signal && { signal }) };
    const end = await runProgram('getent', ['ahosts', '--', host], bounds);
    const addresses = end.kind === 'done' ? parseAhosts(end.output) : [];
    if (addresses.length === 0)
      throw new ResolveError(`${host}: ${end.kind === 'failed' ? end.problem : 'no address'}`);
    return addresses;
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** The distinct addresses of `getent ahosts` output, in the order that RFC 6724 gave them. */
export function parseAhosts(output: string): string[] {
  const first = output.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '');
  return [...new Set(first)].filter((word) => isIP(word.replace(/%.*$/, ''))).slice(0, mostAddresses);
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
