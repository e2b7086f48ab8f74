import { readFileSync } from 'node:fs';
import { withScheme } from '../settings/etcd-endpoints.js';
import { type Settings, SettingsError, settingsTable } from '../settings/settings.js';
import type { EtcdAccess } from './etcd-gateway.js';
import { lookupThrough } from './resolve.js';

/** Longer than reading etcd takes in all. */
const lookupTimeoutMs = 5_000;

/**
 * How the settings want etcd to be reached; undefined where LDM_ETCD is unset.
 * @throws {SettingsError} for a file that cannot be read
 */
export function etcdAccess(settings: Settings): EtcdAccess | undefined {
  const { etcd, etcdUser } = settings;
  if (etcd === undefined) return undefined;
  const password = readNamed(settings, 'etcdPasswordFile')?.split(/\r?\n/, 1)[0] ?? '';
  return {
    endpoints: withScheme(etcd, settings.etcdCa !== undefined || settings.etcdCert !== undefined),
    lookup: lookupThrough(lookupTimeoutMs),
    tls: {
      ca: readNamed(settings, 'etcdCa'),
      cert: readNamed(settings, 'etcdCert'),
      key: readNamed(settings, 'etcdKey'),
    },
    ...(etcdUser !== undefined && { user: { name: etcdUser, password } }),
  };
}

function readNamed(
  settings: Settings,
  key: 'etcdCa' | 'etcdCert' | 'etcdKey' | 'etcdPasswordFile',
): string | undefined {
  const file = settings[key];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const problem = `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new SettingsError(settingsTable[key].variable, file, problem);
  }
}
