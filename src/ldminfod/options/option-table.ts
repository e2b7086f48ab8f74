import { drainFiles } from '../drain.js';

/** Every option, for the command line (`--ssh-port 22`) and the configuration file (`ssh-port = 22`) alike. */
export const optionTable = {
  port: { value: 'PORT', help: 'TCP port to answer on', fallback: '9571' },
  listen: { value: 'ADDRESS', help: 'address to answer on; * for all IPv4 and IPv6 addresses', fallback: '*' },
  'ssh-port': { value: 'PORT', help: 'port of the ssh service that the answers describe', fallback: '22' },
  'ssh-address': {
    value: 'ADDRESS',
    help: 'address of that ssh service; * for all addresses (default: as --listen)',
    fallback: '',
  },
  capacity: {
    value: 'SESSIONS',
    help: 'maximum number of sessions (default: from memory and processors, at least 4)',
    fallback: '',
  },
  'rating-command': {
    value: 'COMMAND',
    help: 'program that prints the rating, 0-100, in place of the built-in formula',
    fallback: '',
  },
  'rating-timeout': { value: 'SECONDS', help: 'timeout of that program', fallback: '1' },
  'fixed-rating': { value: 'RATING', help: 'report this rating always, 0-100; for tests', fallback: '' },
  xsessions: {
    value: 'FOLDERS',
    help: 'directories of session files, separated by colons',
    fallback: '/usr/share/xsessions',
  },
  'locale-whitelist': {
    value: 'FILE',
    help: 'file with the languages to offer, one per line',
    fallback: '/etc/ldm/ldminfod-locale-whitelist',
  },
  'drain-file': {
    value: 'FILE',
    help: `the server drains while this file exists (default: ${Object.values(drainFiles).join(' and ')})`,
    fallback: '',
  },
  'max-connections': { value: 'NUMBER', help: 'maximum number of open connections', fallback: '2000' },
  'max-per-address': { value: 'NUMBER', help: 'maximum number of open connections from one address', fallback: '200' },
  'client-timeout': { value: 'SECONDS', help: 'timeout of one connection', fallback: '5' },
  'prometheus-file': {
    value: 'FILE',
    help: 'metrics file for Prometheus, updated when a client asks, at most every 10 s',
    fallback: '',
  },
  etcd: {
    value: 'ENDPOINTS',
    help: 'etcd members to register with, separated by spaces or commas',
    fallback: '',
  },
  'etcd-prefix': { value: 'PREFIX', help: 'prefix of the keys of all servers', fallback: '/ldm/servers/' },
  'etcd-name': {
    value: 'NAME',
    help: 'name of this server for clients (default: its host name, with :PORT if --ssh-port is not 22)',
    fallback: '',
  },
  'etcd-ca': {
    value: 'FILE',
    help: "certificate authority of etcd, PEM (default: the system's authorities)",
    fallback: '',
  },
  'etcd-cert': { value: 'FILE', help: 'client certificate for etcd, PEM', fallback: '' },
  'etcd-key': { value: 'FILE', help: 'private key of that certificate, PEM', fallback: '' },
  'etcd-user': { value: 'NAME', help: 'user name in etcd', fallback: '' },
  'etcd-password-file': { value: 'FILE', help: 'file with the password of that user on its first line', fallback: '' },
} as const;
export type OptionName = keyof typeof optionTable;

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionTable, name);
}

/** One value and its place, for the error message. */
export interface Given {
  readonly text: string;
  readonly place: string;
  readonly code: 'usage' | 'config';
}
export type GivenOptions = ReadonlyMap<OptionName, Given>;

/** Wrong usage of the command line, or an invalid value in the configuration. The message names the place. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';

  constructor(
    readonly code: 'usage' | 'config',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
