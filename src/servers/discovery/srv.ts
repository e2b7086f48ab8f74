import { withDeadline } from '../../shared/abort.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../../shared/server-address.js';
import { weightedOrder } from '../../shared/weighted-order.js';
import type { NameServers } from '../dns/name-servers.js';
import { lookUpRecords, type RecordData } from '../dns/records.js';
import type { ResolverConfig } from '../dns/resolv-conf.js';
import { type LookupFailure, searchDns } from '../dns/search.js';

/** One SRV record (RFC 2782). The priority is used as the pool, the weight as the capacity. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the final dot. */
  readonly target: string;
}

/**
 * Why DNS has no servers.
 * - `no-such-name`: the name does not exist
 * - `no-records`: the name has no SRV records
 * - `not-offered`: its only record has the target ".", so the service is explicitly not offered
 * - `no-host-name`: no target of its records is a host name
 * - `server-failed`: the resolvers answered with errors, which the message lists
 * - `no-answer`: no resolver answered in time; the message lists the problems
 */
export class SrvError extends Error {
  override readonly name = 'SrvError';

  constructor(
    readonly code: LookupFailure['kind'] | 'not-offered' | 'no-host-name',
    message: string,
  ) {
    super(message);
  }
}

export interface SrvOptions extends NameServers, Pick<ResolverConfig, 'search' | 'ndots'> {
  /** ms for everything. */
  readonly limitMs: number;
}

/** More than any server list needs. */
const maxRecords = 2_000;

/**
 * The SRV records of a name, with the search list of the system, through aliases.
 * @throws {SrvError}
 */
export async function querySrv(name: string, options: SrvOptions): Promise<SrvRecord[]> {
  const result = await withDeadline(options.limitMs, undefined, (signal) =>
    searchDns(name, options, (fullName) => lookUpRecords(fullName, 'SRV', options, signal)),
  );
  if (result.kind !== 'found') throw new SrvError(result.kind, result.why);
  const records = result.value.records.slice(0, maxRecords).map(recordOf);
  const offered = records.filter(({ target, port }) => target !== '' && port > 0);
  if (offered.length === 0) throw new SrvError('not-offered', `${name}: by DNS, the service is not offered`);
  return offered;
}

function recordOf({ priority = 0, weight = 0, port, target }: RecordData['SRV']): SrvRecord {
  return { priority, weight, port, target: target.replace(/\.$/, '') };
}

/**
 * The records in the order in which they are tried: by priority, and at random by weight within a priority. The procedure
 * of RFC 2782 draws from 0..T inclusive, which favors the first record ({1, 1} becomes 2/3 to 1/3). As the erratum of the
 * RFC suggests, records are drawn in exact proportion, and those with weight 0 come last.
 * @param random uniform in [0, 1), as Math.random
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    weightedOrder(
      records.filter((record) => record.priority === priority),
      ({ weight }) => weight,
      random,
    ),
  );
}

/**
 * The servers of the records, in their order and without duplicates. A target that is no host name is left out.
 * @param sshPort the default port, which is omitted in the names of servers
 */
export function srvServers(records: readonly SrvRecord[], sshPort: number): ServerAddress[] {
  return withoutDuplicates(
    records.flatMap(({ target, port }) => {
      return parseServerAddress(port === sshPort ? target : `${target}:${port}`, sshPort) ?? [];
    }),
  );
}
