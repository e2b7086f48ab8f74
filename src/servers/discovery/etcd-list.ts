import { performance } from 'node:perf_hooks';
import { EtcdError } from '../../protocol/etcd-gateway.js';
import type { Settings } from '../../settings/settings.js';
import type { Log } from '../../shared/log/log.js';
import type { ServerStatus } from '../server-status.js';
import { etcdStatuses, readEtcd } from './etcd.js';
import { etcdAccess, UnreadableFileError } from './etcd-access.js';

/** Invalid keys are logged, up to this number. */
const maxLoggedKeys = 20;

/**
 * The servers in etcd and their statuses, which one request gives together.
 * @returns undefined where etcd is unavailable or has no server, which is logged
 */
export async function listByEtcd(settings: Settings, log: Log): Promise<readonly ServerStatus[] | undefined> {
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
    if (list.entries.length === 0) return failed('empty', `no server under ${settings.etcdPrefix}`);
    return etcdStatuses(list, { askedAt, ms: Math.round(performance.now() - askedAt) });
  } catch (error) {
    if (!(error instanceof EtcdError || error instanceof UnreadableFileError)) throw error;
    return failed(error.code, error.message);
  }
}
