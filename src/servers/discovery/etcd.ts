import * as v from 'valibot';
import { type EtcdAccess, EtcdError, openEtcd, prefixEnd, toBase64 } from '../../protocol/etcd-gateway.js';
import { parseServerInfo, type ServerInfo, wireLimits } from '../../protocol/info-service.js';
import { parseHardwareAddress } from '../../shared/hardware-address.js';
import { parseServerAddress, type ServerAddress, serverKey } from '../../shared/server-address.js';
import { firstToSucceed } from '../../shared/staggered.js';
import type { ServerStatus } from '../server-status.js';
import { statusOf } from '../survey.js';

/**
 * Below this prefix, each key is a server name as in LDM_SERVER. The value is the answer of its ldminfod, under a lease.
 * A key `NAME/mac`, without a lease, is the hardware address of a server that can be switched on over the network.
 */
export const defaultPrefix = '/ldm/servers/';
const macSuffix = '/mac';

/** What etcd has below the prefix. */
export interface EtcdList {
  /** The servers whose lease has not expired. */
  readonly entries: readonly EtcdEntry[];
  /** The servers with a hardware address, registered or not. */
  readonly withMac: readonly ServerWithMac[];
  /** Keys that are no server name, or whose value is neither an answer of an ldminfod nor a hardware address. */
  readonly skipped: readonly string[];
  /**
   * etcd's terms. `linearizable`: confirmed by the majority of the members. `serializable`: from one member that may have no
   * contact to the majority; its leases do not expire, so the list can be old.
   */
  readonly consistency: 'linearizable' | 'serializable';
}

export interface EtcdEntry {
  readonly server: ServerAddress;
  readonly info: ServerInfo;
}

export interface ServerWithMac {
  readonly server: ServerAddress;
  readonly mac: string;
}

/** More than any cluster needs. */
const maxEntries = 10_000;
/** ms that a silent member delays the next one. */
const nextMemberAfterMs = 300;
/** ms for each kind of read. If no majority answers, one member is asked for what it has. */
const timeoutMs = { linearizable: 2_000, serializable: 1_000 } as const;

/**
 * Reads all servers in one request, from the first member that answers.
 * @param sshPort the port of servers that name none
 * @throws {EtcdError} when no member answers; the message says what each did
 */
export async function readEtcd(access: EtcdAccess, sshPort: number, prefix = defaultPrefix): Promise<EtcdList> {
  try {
    return await read(access, sshPort, prefix, 'linearizable');
  } catch (error) {
    // Wrong credentials remain wrong.
    if (!(error instanceof EtcdError) || error.code !== 'no-answer') throw error;
    return await read(access, sshPort, prefix, 'serializable');
  }
}

async function read(
  access: EtcdAccess,
  sshPort: number,
  prefix: string,
  consistency: EtcdList['consistency'],
): Promise<EtcdList> {
  const signal = AbortSignal.timeout(timeoutMs[consistency]);
  const range = {
    key: toBase64(prefix),
    range_end: prefixEnd(prefix),
    limit: maxEntries,
    serializable: consistency === 'serializable',
  };
  const tries = access.endpoints.map((endpoint) => async (within: AbortSignal) => {
    const call = await openEtcd(access, endpoint, within);
    const answer = v.safeParse(rangeAnswer, await call('/v3/kv/range', range, within));
    if (!answer.success) throw new EtcdError('not-understood', `${endpoint}: the answer is not from etcd`);
    return answer.output;
  });
  try {
    const { kvs } = await firstToSucceed(tries, nextMemberAfterMs, signal);
    return { ...parseEntries(kvs, sshPort, prefix), consistency };
  } catch (error) {
    throw error instanceof AggregateError ? summary(error.errors) : error;
  }
}

/**
 * The statuses of the servers by etcd, without asking any of them. A server that is not registered counts as silent where
 * its hardware address is known.
 * @param timing monotonic clock, ms
 */
export function etcdStatuses(
  { entries, withMac, consistency }: Pick<EtcdList, 'entries' | 'withMac' | 'consistency'>,
  timing: { readonly askedAt: number; readonly ms: number },
): ServerStatus[] {
  const registered = new Set(entries.map(({ server }) => serverKey(server)));
  const silent = withMac
    .filter(({ server }) => !registered.has(serverKey(server)))
    .map(({ server }) => statusOf(server, { kind: 'down', reason: 'timeout', address: null }, timing));
  const answers = entries.map(({ server, info }) => {
    const result = info.sshDown
      ? ({ kind: 'down', reason: 'ssh-down', address: null } as const)
      : ({ kind: 'info', info, address: server.host } as const);
    const status = statusOf(server, result, timing);
    return { ...status, address: null, ratingAgeMs: consistency === 'linearizable' ? status.ratingAgeMs : null };
  });
  return [...answers, ...silent];
}

const base64 = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, 'base64').toString('utf8')),
);
/** A member omits empty values: the value of a key, and the list of keys. */
const rangeAnswer = v.object({
  header: v.object({}),
  kvs: v.optional(
    v.pipe(v.array(v.object({ key: base64, value: v.optional(base64, '') })), v.maxLength(maxEntries)),
    [],
  ),
});

function parseEntries(
  kvs: readonly { readonly key: string; readonly value: string }[],
  sshPort: number,
  prefix: string,
): Omit<EtcdList, 'consistency'> {
  const entries = new Map<string, EtcdEntry>();
  const withMac = new Map<string, ServerWithMac>();
  const skipped: string[] = [];
  for (const { key, value } of kvs) {
    const path = key.slice(prefix.length);
    const isMac = path.endsWith(macSuffix);
    const server = parseServerAddress(isMac ? path.slice(0, -macSuffix.length) : path, sshPort);
    const mac = isMac ? parseHardwareAddress(value.trim()) : undefined;
    const info = isMac || value.length > wireLimits.bytes ? undefined : parseServerInfo(value);
    if (server && mac) withMac.set(serverKey(server), { server, mac });
    else if (server && info) entries.set(serverKey(server), { server, info });
    else skipped.push(key);
  }
  return { entries: [...entries.values()], withMac: [...withMac.values()], skipped };
}

/** An error of etcd says more than a missing answer. */
function summary(errors: readonly unknown[]): EtcdError {
  const known = errors.filter((error) => error instanceof EtcdError);
  const [telling] = [...known.filter(({ code }) => code !== 'no-answer'), ...known];
  const problems = [...new Set(known.map(({ message }) => message))].join('; ');
  return new EtcdError(telling?.code ?? 'no-answer', problems || 'no endpoint is configured');
}
