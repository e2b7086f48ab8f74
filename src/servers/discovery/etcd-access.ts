import { readFileSync } from 'node:fs';
import { withScheme } from '../../protocol/etcd-endpoints.js';
import type { EtcdAccess } from '../../protocol/etcd-gateway.js';
import { type Settings, settingsTable } from '../../settings/settings.js';
import { errorCode } from '../../shared/errors.js';
import { lookupThrough } from '../dns/resolve.js';

/** Longer than all attempts to read etcd together, ms. */
const lookupTimeoutMs = 5_000;

/**
 * The connection to etcd by the settings; undefined where LDM_ETCD is unset.
 * @throws {UnreadableFileError}
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

type FileKey = 'etcdCa' | 'etcdCert' | 'etcdKey' | 'etcdPasswordFile';

/** A file of a setting cannot be used. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
  readonly code = 'unreadable-file';
  readonly variable: string;

  constructor(
    readonly key: FileKey,
    readonly file: string,
    why: string,
  ) {
    super(`${settingsTable[key].variable}: ${JSON.stringify(file)} cannot be used (${why})`);
    this.variable = settingsTable[key].variable;
  }
}

function readNamed(settings: Settings, key: FileKey): string | undefined {
  const file = settings[key];
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UnreadableFileError(key, file, errorCode(error) ?? 'unknown');
  }
  // With an empty list of authorities, Node would trust those of the system.
  if (text.trim() === '') throw new UnreadableFileError(key, file, 'it is empty');
  return text;
}
