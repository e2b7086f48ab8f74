import { connect, isIPv6, type Socket } from 'node:net';
import { resolveHost } from './dns/resolve.js';

/** The delay between two connection attempts, in ms (RFC 8305 section 5). */
export const attemptDelayMs = 250;

export interface DialOptions {
  /** ms for the lookup of the name; what ends the attempts is the signal. */
  readonly timeoutMs: number;
  /** An address of the host that is known already: it is tried at once, and the name is looked up where that fails or takes long. */
  readonly first?: string | null | undefined;
  readonly onAttempt?: ((address: string) => void) | undefined;
  readonly signal: AbortSignal;
  /** All addresses of a name; the system's resolver where it is not said. */
  readonly lookup?: ((signal: AbortSignal) => Promise<readonly string[]>) | undefined;
}

/**
 * Connects to a host at the first of its addresses that takes the connection ("Happy Eyeballs", RFC 8305): both
 * families in turn, the next attempt when the last has failed or taken 250 ms, and those before go on meanwhile. Node's
 * `autoSelectFamily` gives an attempt up when it starts the next, so that a slow address is never reached.
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
    /** Whether the next attempt may start as soon as there is an address for it. */
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
      const socket = connect({ host: address, port, noDelay: true });
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
        // That an address was tried says more than that its name was not found.
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
 * The addresses in the resolver's order, but the families in turn, so that one that is dead costs one delay
 * (RFC 8305 section 4).
 * @param first the address before all others, where one is preferred
 */
export function alternateFamilies(addresses: readonly string[], first?: string | null): string[] {
  const order = first ? [first, ...addresses.filter((address) => address !== first)] : [...addresses];
  const sixFirst = isIPv6(order[0] ?? '');
  const leading = order.filter((address) => isIPv6(address) === sixFirst);
  const others = order.filter((address) => isIPv6(address) !== sixFirst);
  return leading.flatMap((address, at) => [address, ...others.slice(at, at + 1)]).concat(others.slice(leading.length));
}
