import { type ServerAddress, serverKey } from '../../shared/server-address.js';
import { nameServersOf, systemResolverConfig } from '../dns/name-servers.js';
import { querySrv, type SrvOptions, srvOrder, srvServers } from './srv.js';

/** What DNS says of the servers. */
export interface SrvList {
  /** In the order of RFC 2782, drawn anew each time. */
  readonly servers: readonly ServerAddress[];
  /** SRV's priority: a server is a candidate before all those of higher numbers. */
  readonly poolOf: (server: ServerAddress) => number;
  /** SRV's weight, for a capacity; undefined where it is 0, which says nothing. */
  readonly weightOf: (server: ServerAddress) => number | undefined;
}

/** A login waits for it. */
const limitMs = 5_000;

/** How the system's resolv.conf says that DNS is asked. */
function systemSrvOptions(): SrvOptions {
  const config = systemResolverConfig();
  const { search, ndots } = config;
  return { ...nameServersOf(config), search, ndots, limitMs };
}

/**
 * The servers that an SRV name lists.
 * @param sshPort the port that goes without saying in a server's name
 * @param random uniform in [0, 1), as Math.random
 * @throws {SrvError}
 */
export async function listBySrv(
  name: string,
  sshPort: number,
  random: () => number,
  options: SrvOptions = systemSrvOptions(),
): Promise<SrvList> {
  const records = srvOrder(await querySrv(name, options), random);
  const known = new Map(
    // The first of several records for one server counts, as in the list.
    records
      .toReversed()
      .flatMap((record) => srvServers([record], sshPort).map((server) => [serverKey(server), record])),
  );
  return {
    servers: srvServers(records, sshPort),
    poolOf: (server) => known.get(serverKey(server))?.priority ?? 0,
    weightOf: (server) => known.get(serverKey(server))?.weight || undefined,
  };
}
