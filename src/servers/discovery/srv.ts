import { withDeadline } from '../../shared/abort.js';
import { parseServerAddress, type ServerAddress, withoutDuplicates } from '../../shared/server-address.js';
import { weightedOrder } from '../../shared/weighted-order.js';
import type { NameServers } from '../dns/name-servers.js';
import { lookUpRecords, type RecordData } from '../dns/records.js';
import type { ResolverConfig } from '../dns/resolv-conf.js';
import { type LookupFailure, searchDns } from '../dns/search.js';

/** One SRV record (RFC 2782). For us: priority = pool, the lowest first; weight = capacity. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the dot at its end. */
  readonly target: string;
}

/**
 * Why DNS gave no servers.
 * - `no-such-name`: there is no such name
 * - `no-records`: the name has no SRV records
 * - `not-offered`: its one record has the target ".": the service is decidedly not there
 * - `server-failed`: resolvers answered, but none could tell; the message says what each did
 * - `no-answer`: no resolver answered in time; likewise
 */
export class SrvError extends Error {
  constructor(
    readonly code: LookupFailure['kind'] | 'not-offered',
    message: string,
  ) {
    super(message);
  }
}

export interface SrvOptions extends NameServers, Pick<ResolverConfig, 'search' | 'ndots'> {
  /** ms for the whole of it. */
  readonly limitMs: number;
}

/** More servers than any list is meant to have. */
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
  if (offered.length === 0) throw new SrvError('not-offered', `${name}: DNS says that there is no such service`);
  return offered;
}

function recordOf({ priority = 0, weight = 0, port, target }: RecordData['SRV']): SrvRecord {
  return { priority, weight, port, target: target.replace(/\.$/, '') };
}

/**
 * The records in the order in which they are tried: by priority, and within one at random by weight. RFC 2782's own
 * procedure draws from 0..T inclusive and so gives the first record too much ({1, 1} becomes 2/3 to 1/3), as its
 * erratum on the weights says; drawing in exact proportion with weight 0 last is what the erratum suggests.
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
 * The servers that records name, without repetitions, in their order; a target that is no host name is left out.
 * @param sshPort the port that goes without saying in a server's name
 */
export function srvServers(records: readonly SrvRecord[], sshPort: number): ServerAddress[] {
  return withoutDuplicates(
    records.flatMap(({ target, port }) => {
      return parseServerAddress(port === sshPort ? target : `${target}:${port}`, sshPort) ?? [];
    }),
  );
}
