import { info, type LogEventTable, warn } from '../shared/log/log-table.js';

/** Every event that `ldminfod` logs. `docs/log-events.md` is generated from it. */
export const infoServiceEvents = {
  listening: info('The service listens.', 'address', 'port'),
  'configuration-reloaded': info('SIGHUP: the facts about this server were read again.'),
  'too-many-connections': warn(
    'A connection was closed because too many are open, from this address or at all.',
    'address',
    'open',
  ),
  'accept-failed': warn('The system could not accept a connection.', 'reason'),
  'rating-command-failed': warn('The rating command gave no rating.', 'reason'),
  'prometheus-file-not-written': warn('The file for Prometheus cannot be written.', 'file', 'code'),
  'etcd-registered': info('etcd has granted a lease, under which this server is registered.', 'key', 'endpoint'),
  'etcd-unavailable': warn('No etcd member works. The service answers as usual and tries again.', 'problem'),
  'etcd-available': info('etcd works again after so many failed attempts.', 'failures'),
  'etcd-entry-lost': warn('The entry in etcd was missing or changed and is written again.', 'key', 'how'),
  'etcd-entry-unreadable': warn('The etcd user may not read the entry, so it is not checked.', 'key', 'problem'),
  'etcd-name-conflict': warn('Another machine is registered under the same name.', 'key', 'by', 'advice'),
  'etcd-name-conflict-resolved': info('The other machine of the same name is gone.', 'key'),
  'etcd-password-unencrypted': warn('The password for this etcd endpoint is sent without TLS.', 'endpoint'),
  'etcd-ignored': warn('Under inetd, the service does not register in etcd.', 'reason'),
} as const satisfies LogEventTable;
