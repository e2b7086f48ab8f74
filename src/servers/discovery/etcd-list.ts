import { EtcdError } from '../../protocol/etcd-gateway.js';
import type { Settings } from '../../settings/settings.js';
import type { Log } from '../../shared/log/log.js';
import { parseServerAddress, type ServerAddress, serverKey } from '../../shared/server-address.js';
import type { ServerStatus } from '../server-status.js';
import { etcdStatuses, readEtcd, type ServerWithMac } from './etcd.js';
import { etcdAccess, UnreadableFileError } from './etcd-access.js';

/** Invalid keys are logged, up to this number. */
const maxLoggedKeys = 20;

/** The servers by etcd. */
export interface ToldServers {
  readonly statuses: readonly ServerStatus[];
  /** The hardware address of a server, by the settings or by etcd. */
  readonly macOf: (server: ServerAddress) => string | undefined;
}

/**
 * The servers in etcd and their statuses, which one request gives together. A server that is switched off is not
 * registered; it is on the list where its hardware address is known.
 * @returns undefined where etcd is unavailable or has no server, which is logged
 */
export async function listByEtcd(settings: Settings, log: Log): Promise<ToldServers | undefined> {
  const failed = (code: string, problem: string): undefined => {
    log.error('etcd-failed', { code, problem });
  };
  const askedAt = performance.now();
  try {
    const access = etcdAccess(settings);
    if (access === undefined) return undefined;
    const list = await readEtcd(access, settings.sshPort, settings.etcdPrefix);
    for (const key of list.skipped.slice(0, maxLoggedKeys)) log.warn('etcd-key-skipped', { key });
    if (list.skipped.length > maxLoggedKeys) log.warn('etcd-more-keys-skipped', { keys: list.skipped.length });
    if (list.consistency === 'serializable') log.warn('etcd-without-majority');
    const withMac = new Map([...list.withMac, ...named(settings)].map((one) => [serverKey(one.server), one]));
    const timing = { askedAt, ms: Math.round(performance.now() - askedAt) };
    const statuses = etcdStatuses({ ...list, withMac: [...withMac.values()] }, timing);
    if (statuses.length === 0) return failed('empty', `no server under ${settings.etcdPrefix}`);
    return { statuses, macOf: (server) => withMac.get(serverKey(server))?.mac };
  } catch (error) {
    if (!(error instanceof EtcdError || error instanceof UnreadableFileError)) throw error;
    return failed(error.code, error.message);
  }
}

function named({ serverMacs, sshPort }: Settings): ServerWithMac[] {
  return [...serverMacs].flatMap(([name, mac]) => {
    const server = parseServerAddress(name, sshPort);
    return server === undefined ? [] : [{ server, mac }];
  });
}
