import { acceptedEtcdEndpoints, parseEtcdEndpoints } from '../../protocol/etcd-endpoints.js';
import { Partly, setting } from '../setting.js';
import { absolutePath, oneLine, words } from '../values.js';

/** Valid endpoints are used, the others are reported. */
function usableEndpoints(text: string): readonly string[] | Partly<readonly string[]> | undefined {
  const list = words(text.replaceAll(',', ' ')) ?? [];
  const rest = list.filter((word) => parseEtcdEndpoints(word) === undefined);
  const usable = parseEtcdEndpoints(list.filter((word) => !rest.includes(word)).join(' '));
  if (usable === undefined || rest.length === 0) return usable;
  return new Partly(
    usable,
    rest.map((part) => ({ severity: 'warning', part })),
    usable.join(' '),
  );
}

/** The server list in etcd. */
export const etcdSettings = {
  etcd: setting<readonly string[] | undefined>({
    variable: 'LDM_ETCD',
    meaning: 'etcd endpoints that are asked for the server list when none of the settings above gives one',
    accepted: acceptedEtcdEndpoints,
    defaultValue: undefined,
    parse: usableEndpoints,
  }),
  etcdPrefix: setting({
    variable: 'LDM_ETCD_PREFIX',
    meaning: 'prefix of the keys of the servers in etcd',
    accepted: 'printable ASCII without blanks',
    defaultValue: '/ldm/servers/',
    parse: (text) => (/^[!-~]{1,200}$/.test(text) ? text : undefined),
  }),
  etcdCa: setting<string | undefined>({
    variable: 'LDM_ETCD_CA',
    meaning: "file with the certificate authority of etcd (PEM); without it the system's authorities are trusted",
    accepted: 'the absolute path of a file',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  etcdCert: setting<string | undefined>({
    variable: 'LDM_ETCD_CERT',
    meaning: 'file with the certificate that this client presents to etcd (PEM)',
    accepted: 'the absolute path of a file',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  etcdKey: setting<string | undefined>({
    variable: 'LDM_ETCD_KEY',
    meaning: 'file with the private key of that certificate (PEM)',
    accepted: 'the absolute path of a file',
    defaultValue: undefined,
    parse: absolutePath,
  }),
  etcdUser: setting<string | undefined>({
    variable: 'LDM_ETCD_USER',
    meaning: "this client's user name in etcd",
    accepted: 'a name without control characters',
    defaultValue: undefined,
    parse: oneLine,
  }),
  etcdPasswordFile: setting<string | undefined>({
    variable: 'LDM_ETCD_PASSWORD_FILE',
    meaning: 'file whose first line is the password of that user',
    accepted: 'the absolute path of a file',
    defaultValue: undefined,
    parse: absolutePath,
  }),
};
