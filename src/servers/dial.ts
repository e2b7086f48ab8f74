import type { Socket } from 'node:net';
import { isIPv6 } from '../shared/ip-address.js';
import { connectKept } from '../shared/kept-reads.js';
import { resolveHost } from './dns/resolve.js';

/** ms between two connection attempts (RFC 8305 section 5). */
const attemptDelayMs = 250;

export interface DialOptions {
  /** ms for the lookup of the name. The signal ends the attempts. */
  readonly timeoutMs: number;
  /** A known address of the host. It is tried first, and the name is looked up if the address fails or takes long. */
  readonly first?: string | null | undefined;
  readonly onAttempt?: ((address: string) => void) | undefined;
  readonly signal: AbortSignal;
  /** Finds all addresses of the name; default: the system's resolver. */
  readonly lookup?: ((signal: AbortSignal) => Promise<readonly string[]>) | undefined;
}

/**
 * Connects to the first address of a host that accepts the connection ("Happy Eyeballs", RFC 8305). The families
 * alternate. The next attempt starts when the last one has failed or has taken 250 ms, and earlier attempts continue. Node's
 * `autoSelectFamily` ends an attempt when it starts the next one, so it never reaches a slow address.
 * @throws a connection error, an AggregateError of several, a ResolveError, or the signal's reason
 */
export function dial(host: string, port: number, options: DialOptions): Promise<Socket> {
  const { first, timeoutMs, onAttempt, signal } = options;
  const addresses = options.lookup ?? ((within: AbortSignal) => resolveHost(host, timeoutMs, within));
  return new Promise((resolve, reject) => {
    const lookupEnd = new AbortController();
    const open = new Set<Socket>();
    const errors: Error[] = [];
    let queue: string[] = first ? [first] : [];
    let lookup: 'not yet' | 'under way' | 'done' = 'not yet';
    /** Whether the next attempt starts as soon as there is an address. */
    let due = true;
    let timer: NodeJS.Timeout | undefined;

    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      lookupEnd.abort();
      queue = [];
      for (const socket of open) socket.destroy();
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal.reason));
    const next = (): void => {
      clearTimeout(timer);
      const address = queue.shift();
      due = address === undefined;
      if (address !== undefined) attempt(address);
      else if (lookup === 'not yet') lookUp();
      else if (lookup === 'done' && open.size === 0) {
        finish(() => reject(errors.length === 1 ? errors[0] : new AggregateError(errors)));
      }
    };
    const attempt = (address: string): void => {
      onAttempt?.(address);
      timer = setTimeout(next, attemptDelayMs);
      const socket = connectKept({ host: address, port, noDelay: true });
      const failed = (error: Error): void => {
        open.delete(socket);
        errors.push(error);
        next();
      };
      open.add(socket);
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        open.delete(socket);
        finish(() => resolve(socket));
      });
    };
    const lookUp = (): void => {
      lookup = 'under way';
      const found = (all: readonly string[]): void => {
        lookup = 'done';
        queue.push(...alternateFamilies(all, first).filter((address) => address !== first));
        if (due) next();
      };
      addresses(lookupEnd.signal).then(found, (error: Error) => {
        if (lookupEnd.signal.aborted) return;
        // A failed attempt says more than a failed lookup.
        if (!first) errors.push(error);
        found([]);
      });
    };

    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else next();
  });
}

/**
 * The addresses in the resolver's order, but with alternating families, so that a dead family costs one delay
 * (RFC 8305 section 4).
 * @param first a preferred address, which comes before all others
 */
export function alternateFamilies(addresses: readonly string[], first?: string | null): string[] {
  const order = first ? [first, ...addresses.filter((address) => address !== first)] : [...addresses];
  const sixFirst = isIPv6(order[0] ?? '');
  const leading = order.filter((address) => isIPv6(address) === sixFirst);
  const others = order.filter((address) => isIPv6(address) !== sixFirst);
  return leading.flatMap((address, at) => [address, ...others.slice(at, at + 1)]).concat(others.slice(leading.length));
}
