import { passwordIn, readEtcdFile } from '../../protocol/etcd-files.js';
import type { EtcdAccess } from '../../protocol/etcd-gateway.js';
import { OptionsError } from '../options/option-table.js';
import type { EtcdOptions } from '../options/options.js';
import { rememberedLookup } from './remembered-lookup.js';

/**
 * Reads the files that the connection to etcd needs.
 * @throws {OptionsError} with code `config`, naming the file that cannot be used
 */
export function readEtcdAccess({ endpoints, ca, cert, certKey, user, passwordFile }: EtcdOptions): EtcdAccess {
  const password = passwordIn(readNamed(passwordFile));
  return {
    endpoints,
    lookup: rememberedLookup(),
    tls: { ca: readNamed(ca), cert: readNamed(cert), key: readNamed(certKey) },
    ...(user !== null && { user: { name: user, password } }),
  };
}

function readNamed(file: string | null): string | undefined {
  if (file === null) return undefined;
  const read = readEtcdFile(file);
  if ('problem' in read) throw new OptionsError('config', `${file}: cannot be used (${read.problem})`);
  return read.text;
}
