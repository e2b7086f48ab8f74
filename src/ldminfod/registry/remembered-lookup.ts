import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** ms to wait for the system's resolver where the addresses of a name are known from before. */
const patienceMs = 100;

/**
 * A lookup function for net.connect that uses the system's resolver. The resolver waits 5 s for a dead name server, each
 * time, which is longer than a call to etcd may take. So a lookup continues after its call, its result is remembered, and
 * later calls wait only briefly for a new one.
 * @param resolve as dns.lookup
 */
export function rememberedLookup(resolve: Resolve = lookup): LookupFunction {
  const known = new Map<string, LookupAddress[]>();
  const underWay = new Map<string, Promise<LookupAddress[]>>();
  const start = (host: string): Promise<LookupAddress[]> => {
    const started = new Promise<LookupAddress[]>((found, failed) => {
      resolve(host, { all: true }, (error, addresses) => {
        underWay.delete(host);
        if (error) failed(error);
        else {
          known.set(host, addresses);
          found(addresses);
        }
      });
    });
    underWay.set(host, started);
    return started;
  };
  const look = (host: string): Promise<LookupAddress[]> => underWay.get(host) ?? start(host);
  return (host, _options, callback) => {
    const before = known.get(host);
    const now = before ? Promise.race([look(host).catch(() => before), pause(before)]) : look(host);
    now.then(
      (addresses) => callback(null, addresses),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

type Resolve = (
  host: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

function pause<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, patienceMs, value));
}
