import { readFileSync } from 'node:fs';
import type { EtcdAccess } from '../../protocol/etcd-gateway.js';
import { errorCode } from '../../shared/errors.js';
import { type EtcdOptions, OptionsError } from '../options.js';
import { rememberedLookup } from './remembered-lookup.js';

/**
 * Reads the files that the connection to etcd needs.
 * @throws {OptionsError} with code `config`, naming the file that cannot be read
 */
export function readEtcdAccess({ endpoints, ca, cert, certKey, user, passwordFile }: EtcdOptions): EtcdAccess {
  const password = readNamed(passwordFile)?.split(/\r?\n/, 1)[0] ?? '';
  return {
    endpoints,
    lookup: rememberedLookup(),
    tls: { ca: readNamed(ca), cert: readNamed(cert), key: readNamed(certKey) },
    ...(user !== null && { user: { name: user, password } }),
  };
}

function readNamed(file: string | null): string | undefined {
  if (file === null) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionsError('config', `${file}: cannot be read (${errorCode(error)})`);
  }
}
