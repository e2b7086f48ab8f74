import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { acceptedEtcdEndpoints, parseEtcdEndpoints, withScheme } from '../protocol/etcd-endpoints.js';
import { errorMessage } from '../shared/errors.js';
import { drainFiles } from './drain.js';

/** Wrong usage of the command line, or an invalid value in the configuration. The message names the place. */
export class OptionsError extends Error {
  constructor(
    readonly code: 'usage' | 'config',
    message: string,
  ) {
    super(message);
  }
}

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

export interface Options {
  readonly port: number;
  /** null for all addresses. */
  readonly listen: string | null;
  readonly sshPort: number;
  /** null for all addresses. */
  readonly sshAddress: string | null;
  /** null for the default. */
  readonly capacity: number | null;
  readonly ratingCommand: string | null;
  readonly ratingTimeoutMs: number;
  readonly fixedRating: number | null;
  readonly sessionFolders: readonly string[];
  readonly localeWhitelist: string;
  /** The server drains while one of them exists. `drain` writes the first, or the last for a permanent drain. */
  readonly drainFiles: readonly string[];
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly clientTimeoutMs: number;
  /** null where no file is written. */
  readonly prometheusFile: string | null;
  /** null where etcd is not used. */
  readonly etcd: EtcdOptions | null;
}

/** Where this server is registered. Files are paths. */
export interface EtcdOptions {
  readonly endpoints: readonly string[];
  /** The whole key: prefix and name. */
  readonly key: string;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly certKey: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
}

/** One value and its place, for the error message. */
export interface Given {
  readonly text: string;
  readonly place: string;
  readonly code: 'usage' | 'config';
}
export type GivenOptions = ReadonlyMap<OptionName, Given>;

/** The parsed command line. */
export interface CommandLine {
  readonly command: 'serve' | 'inetd' | 'drain' | 'undrain' | 'status' | 'help' | 'version';
  readonly configFile: string | undefined;
  readonly permanent: boolean;
  readonly reason: string;
  /** For `status`. */
  readonly verbose: boolean;
  readonly given: GivenOptions;
}

/** @throws {OptionsError} with code `usage` */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const string = { type: 'string' } as const;
  const names = Object.keys(optionTable).filter(isOptionName);
  const flag = { type: 'boolean', default: false } as const;
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.map((name) => [name, string])),
        config: string,
        reason: string,
        inetd: flag,
        permanent: flag,
        verbose: flag,
        help: { ...flag, short: 'h' },
        version: flag,
      },
    });
  } catch (error) {
    throw new OptionsError('usage', errorMessage(error));
  }
  const { values, positionals } = parsed;
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const given = new Map<OptionName, Given>();
  for (const name of names) {
    const value = text(name);
    if (value !== undefined) given.set(name, { text: value, place: `--${name}`, code: 'usage' });
  }
  return {
    command:
      values.help === true
        ? 'help'
        : values.version === true
          ? 'version'
          : readCommand(positionals, values.inetd === true),
    configFile: text('config'),
    permanent: values.permanent === true,
    reason: text('reason') ?? '',
    verbose: values.verbose === true,
    given,
  };
}

function readCommand(positionals: readonly string[], inetd: boolean): CommandLine['command'] {
  const [command, ...more] = positionals;
  if (command === undefined) return inetd ? 'inetd' : 'serve';
  if (more.length === 0 && (command === 'drain' || command === 'undrain' || command === 'status')) return command;
  throw new OptionsError(
    'usage',
    `${JSON.stringify(positionals.join(' '))}: unknown command (expected drain, undrain or status)`,
  );
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionTable, name);
}

/**
 * Checks the values that were given, and adds the defaults.
 * @param sources earlier ones take precedence: the command line, then the configuration file
 * @throws {OptionsError} naming the place of the invalid value
 */
export function readOptions(...sources: readonly GivenOptions[]): Options {
  const given = (name: OptionName): Given => {
    const found = sources.map((source) => source.get(name)).find((one) => one !== undefined);
    return found ?? { text: optionTable[name].fallback, place: `--${name}`, code: 'usage' };
  };
  const number = (name: OptionName, min: number, max: number): number => {
    const { text } = given(name);
    if (!/^\d{1,9}$/.test(text) || Number(text) < min || Number(text) > max) {
      throw refused(given(name), `a whole number from ${min} to ${max}`);
    }
    return Number(text);
  };
  const optional = <Value>(name: OptionName, read: (name: OptionName) => Value): Value | null =>
    given(name).text === '' ? null : read(name);
  const milliseconds = (name: OptionName, maxSeconds: number): number => {
    const { text } = given(name);
    const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    if (seconds <= 0 || seconds > maxSeconds) throw refused(given(name), `seconds, more than 0, up to ${maxSeconds}`);
    return seconds * 1_000;
  };
  const address = (name: OptionName): string | null => {
    const { text } = given(name);
    const bare = text.replace(/^\[(.*)\]$/, '$1');
    if (bare !== '*' && isIP(bare) === 0) throw refused(given(name), 'an IPv4 or IPv6 address, or *');
    return bare === '*' || bare === '::' || bare === '0.0.0.0' ? null : bare;
  };
  const path = (name: OptionName): string => {
    const { text } = given(name);
    if (!text.startsWith('/')) throw refused(given(name), 'an absolute path');
    return text;
  };
  const matching = (name: OptionName, pattern: RegExp, accepted: string): string => {
    const { text } = given(name);
    if (!pattern.test(text)) throw refused(given(name), accepted);
    return text;
  };
  const endpoints = (): readonly string[] => {
    const parsed = parseEtcdEndpoints(given('etcd').text);
    if (parsed === undefined) throw refused(given('etcd'), acceptedEtcdEndpoints);
    return parsed;
  };
  const etcd = (): EtcdOptions => ({
    endpoints: withScheme(endpoints(), given('etcd-ca').text !== '' || given('etcd-cert').text !== ''),
    key:
      matching('etcd-prefix', /^[!-~]{1,200}$/, 'printable ASCII without spaces') +
      (optional('etcd-name', () => matching('etcd-name', /^[\w.:[\]-]{1,260}$/, 'a name as in LDM_SERVER')) ??
        `${hostname()}${given('ssh-port').text === '22' ? '' : `:${given('ssh-port').text}`}`),
    ca: optional('etcd-ca', path),
    cert: optional('etcd-cert', path),
    certKey: optional('etcd-key', path),
    user: optional('etcd-user', () => matching('etcd-user', /^\P{Cc}+$/u, 'a name without control characters')),
    passwordFile: optional('etcd-password-file', path),
  });
  const listen = address('listen');
  return {
    port: number('port', 0, 65_535),
    // 0.0.0.0 means IPv4 only, :: means both.
    listen: given('listen').text === '0.0.0.0' ? '0.0.0.0' : listen,
    sshPort: number('ssh-port', 1, 65_535),
    sshAddress: given('ssh-address').text === '' ? listen : address('ssh-address'),
    capacity: optional('capacity', (name) => number(name, 1, 1_000_000)),
    ratingCommand: optional('rating-command', (name) => given(name).text),
    ratingTimeoutMs: milliseconds('rating-timeout', 60),
    fixedRating: optional('fixed-rating', (name) => number(name, 0, 100)),
    sessionFolders: given('xsessions').text.split(':').filter(Boolean),
    localeWhitelist: path('locale-whitelist'),
    drainFiles: optional('drain-file', (name) => [path(name)]) ?? [drainFiles.untilRestart, drainFiles.permanent],
    maxConnections: number('max-connections', 1, 100_000),
    maxPerAddress: number('max-per-address', 1, 100_000),
    clientTimeoutMs: milliseconds('client-timeout', 3_600),
    prometheusFile: optional('prometheus-file', path),
    etcd: optional('etcd', etcd),
  };
}

function refused({ text, place, code }: Given, accepted: string): OptionsError {
  return new OptionsError(code, `${place}: invalid value ${JSON.stringify(text)} (expected ${accepted})`);
}
