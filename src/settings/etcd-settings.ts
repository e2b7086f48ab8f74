import { acceptedEtcdEndpoints, parseEtcdEndpoints } from './etcd-endpoints.js';
import { setting } from './setting.js';
import { absolutePath, oneLine } from './values.js';

/** The list of servers in etcd. */
export const etcdSettings = {
  etcd: setting<readonly string[] | undefined>({
    variable: 'LDM_ETCD',
    meaning: 'etcd endpoints asked for the servers where none of the above names any',
    accepted: acceptedEtcdEndpoints,
    fallback: undefined,
    parse: parseEtcdEndpoints,
  }),
  etcdPrefix: setting({
    variable: 'LDM_ETCD_PREFIX',
    meaning: 'what the keys of the servers in etcd begin with',
    accepted: 'printable ASCII without blanks',
    fallback: '/ldm/servers/',
    parse: (text) => (/^[!-~]{1,200}$/.test(text) ? text : undefined),
  }),
  etcdCa: setting<string | undefined>({
    variable: 'LDM_ETCD_CA',
    meaning: "file of the authority that signed etcd's certificate (PEM); without it the system's authorities count",
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdCert: setting<string | undefined>({
    variable: 'LDM_ETCD_CERT',
    meaning: 'file of the certificate that this client shows to etcd (PEM)',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdKey: setting<string | undefined>({
    variable: 'LDM_ETCD_KEY',
    meaning: 'file of the key to that certificate (PEM)',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
  etcdUser: setting<string | undefined>({
    variable: 'LDM_ETCD_USER',
    meaning: "this client's user name in etcd",
    accepted: 'a name without control characters',
    fallback: undefined,
    parse: oneLine,
  }),
  etcdPasswordFile: setting<string | undefined>({
    variable: 'LDM_ETCD_PASSWORD_FILE',
    meaning: 'file whose first line is the password of that user',
    accepted: 'the absolute path of a file',
    fallback: undefined,
    parse: absolutePath,
  }),
};
