import * as v from 'valibot';
import { type EtcdAccess, EtcdError, openEtcd, prefixEnd, toBase64 } from '../../protocol/etcd-gateway.js';
import { parseServerInfo, type ServerInfo, wireLimits } from '../../protocol/info-service.js';
import { parseServerAddress, type ServerAddress, serverKey } from '../../shared/server-address.js';
import { firstToSucceed } from '../../shared/staggered.js';
import type { ServerStatus } from '../server-status.js';
import { statusOf } from '../survey.js';

/** Under this, a key a server: its name as in LDM_SERVER. The value is what its ldminfod tells, under a lease. */
export const defaultPrefix = '/ldm/servers/';

/** What etcd knows of the servers: those whose lease lives, by name. */
export interface EtcdList {
  readonly entries: readonly EtcdEntry[];
  /** Keys that name no server or hold no answer of an ldminfod. */
  readonly skipped: readonly string[];
  /**
   * `settled` by the majority of the members; `single` is the word of one that reaches no majority: its leases do not
   * end, so it may be old.
   */
  readonly word: 'settled' | 'single';
}

export interface EtcdEntry {
  readonly server: ServerAddress;
  readonly info: ServerInfo;
}

/** More servers than any cluster is meant to have. */
const maxEntries = 10_000;
/** A silent member holds the next one up for this long. */
const nextMemberAfterMs = 300;
/** When no majority has answered by then, the word of one is taken. */
const settledWithinMs = 2_000;
const singleWithinMs = 1_000;

/**
 * Reads all servers in one range, from whichever member answers first.
 * @param sshPort the port of servers that name none
 * @throws {EtcdError} when no member answers; the message says what each did
 */
export async function readEtcd(access: EtcdAccess, sshPort: number, prefix = defaultPrefix): Promise<EtcdList> {
  try {
    return await read(access, sshPort, prefix, 'settled');
  } catch (error) {
    // Wrong credentials do not become right by asking again.
    if (!(error instanceof EtcdError) || error.code !== 'no-answer') throw error;
    return await read(access, sshPort, prefix, 'single');
  }
}

async function read(access: EtcdAccess, sshPort: number, prefix: string, word: EtcdList['word']): Promise<EtcdList> {
  const signal = AbortSignal.timeout(word === 'settled' ? settledWithinMs : singleWithinMs);
  const range = {
    key: toBase64(prefix),
    range_end: prefixEnd(prefix),
    limit: maxEntries,
    serializable: word === 'single',
  };
  const tries = access.endpoints.map((endpoint) => async (within: AbortSignal) => {
    const call = await openEtcd(access, endpoint, within);
    const answer = v.safeParse(rangeAnswer, await call('/v3/kv/range', range, within));
    if (!answer.success) throw new EtcdError('not-understood', `${endpoint}: what answers there is no etcd`);
    return answer.output;
  });
  try {
    const { kvs } = await firstToSucceed(tries, nextMemberAfterMs, signal);
    return { ...parseEntries(kvs, sshPort, prefix), word };
  } catch (error) {
    throw error instanceof AggregateError ? summary(error.errors) : error;
  }
}

/** What etcd's word makes of each server, without asking any. @param timing monotonic clock, ms */
export function etcdStatuses(
  { entries, word }: EtcdList,
  timing: { readonly askedAt: number; readonly ms: number },
): ServerStatus[] {
  return entries.map(({ server, info }) => {
    const result = info.sshDown
      ? ({ kind: 'down', reason: 'ssh-down', address: null } as const)
      : ({ kind: 'info', info, address: server.host } as const);
    const status = statusOf(server, result, timing);
    return { ...status, address: null, ratingAgeMs: word === 'settled' ? status.ratingAgeMs : null };
  });
}

const base64 = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, 'base64').toString('utf8')),
);
/** A member leaves out what is empty: the value of a key, and all keys where there are none. */
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
): Omit<EtcdList, 'word'> {
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

/** An answer that refuses says more than a silence. */
function summary(errors: readonly unknown[]): EtcdError {
  const known = errors.filter((error) => error instanceof EtcdError);
  const [telling] = [...known.filter(({ code }) => code !== 'no-answer'), ...known];
  const problems = [...new Set(known.map(({ message }) => message))].join('; ');
  return new EtcdError(telling?.code ?? 'no-answer', problems || 'no endpoint is named');
}
