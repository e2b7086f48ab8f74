import { type ServerAddress, serverKey } from '../../shared/server-address.js';
import { nameServersOf, systemResolverConfig } from '../dns/name-servers.js';
import { querySrv, SrvError, type SrvOptions, srvOrder, srvServers } from './srv.js';

/** The servers by DNS. */
export interface SrvList {
  /** In the order of RFC 2782, drawn again each time. */
  readonly servers: readonly ServerAddress[];
  /** SRV priority. Lower values come first. */
  readonly poolOf: (server: ServerAddress) => number;
  /** SRV weight, used as the capacity; undefined for weight 0, which means no preference. */
  readonly weightOf: (server: ServerAddress) => number | undefined;
}

/** ms. A login waits for the list. */
const limitMs = 5_000;

/** The options of the system's resolv.conf. */
function systemSrvOptions(): SrvOptions {
  const config = systemResolverConfig();
  const { search, ndots } = config;
  return { ...nameServersOf(config), search, ndots, limitMs };
}

/**
 * The servers of an SRV name.
 * @param sshPort the default port, which is omitted in the names of servers
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
  const servers = srvServers(records, sshPort);
  if (servers.length === 0) throw new SrvError('no-host-name', `${name}: no target of its records is a host name`);
  const known = new Map(
    // Of several records for one server, the first one counts, as in the list.
    records
      .toReversed()
      .flatMap((record) => srvServers([record], sshPort).map((server) => [serverKey(server), record])),
  );
  return {
    servers,
    poolOf: (server) => known.get(serverKey(server))?.priority ?? 0,
    weightOf: (server) => known.get(serverKey(server))?.weight || undefined,
  };
}
