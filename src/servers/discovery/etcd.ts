import * as v from 'valibot';
import { type EtcdAccess, EtcdError, openEtcd, prefixEnd, toBase64 } from '../../protocol/etcd-gateway.js';
import { parseServerInfo, type ServerInfo, wireLimits } from '../../protocol/info-service.js';
import { parseServerAddress, type ServerAddress, serverKey } from '../../shared/server-address.js';
import { firstToSucceed } from '../../shared/staggered.js';
import type { ServerStatus } from '../server-status.js';
import { statusOf } from '../survey.js';

/** Below this prefix, each key is a server name as in LDM_SERVER. The value is the answer of its ldminfod, under a lease. */
export const defaultPrefix = '/ldm/servers/';

/** The servers in etcd whose lease has not expired. */
export interface EtcdList {
  readonly entries: readonly EtcdEntry[];
  /** Keys that are no server name, or whose value is no answer of an ldminfod. */
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

/** The statuses of the servers by etcd, without asking any of them. @param timing monotonic clock, ms */
export function etcdStatuses(
  { entries, consistency }: EtcdList,
  timing: { readonly askedAt: number; readonly ms: number },
): ServerStatus[] {
  return entries.map(({ server, info }) => {
    const result = info.sshDown
      ? ({ kind: 'down', reason: 'ssh-down', address: null } as const)
      : ({ kind: 'info', info, address: server.host } as const);
    const status = statusOf(server, result, timing);
    return { ...status, address: null, ratingAgeMs: consistency === 'linearizable' ? status.ratingAgeMs : null };
  });
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
  const skipped: string[] = [];
  for (const { key, value } of kvs) {
    const server = parseServerAddress(key.slice(prefix.length), sshPort);
    const info = value.length <= wireLimits.bytes ? parseServerInfo(value) : undefined;
    if (server && info) entries.set(serverKey(server), { server, info });
    else skipped.push(key);
  }
  return { entries: [...entries.values()], skipped };
}

/** An error of etcd says more than a missing answer. */
function summary(errors: readonly unknown[]): EtcdError {
  const known = errors.filter((error) => error instanceof EtcdError);
  const [telling] = [...known.filter(({ code }) => code !== 'no-answer'), ...known];
  const problems = [...new Set(known.map(({ message }) => message))].join('; ');
  return new EtcdError(telling?.code ?? 'no-answer', problems || 'no endpoint is configured');
}
