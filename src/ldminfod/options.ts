import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { acceptedEtcdEndpoints, parseEtcdEndpoints, withScheme } from '../protocol/etcd-endpoints.js';
import { drainFiles } from './drain.js';

/** Wrong usage of the command line, or a configuration that cannot be meant; the message names the place. */
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
  listen: { value: 'ADDRESS', help: 'address to answer on; * for all, IPv4 and IPv6', fallback: '*' },
  'ssh-port': { value: 'PORT', help: 'port of the ssh service that the answers speak for', fallback: '22' },
  'ssh-address': {
    value: 'ADDRESS',
    help: 'address of that ssh service; * for all of this machine (default: as --listen)',
    fallback: '',
  },
  capacity: {
    value: 'SESSIONS',
    help: 'maximum number of sessions (default: from memory and processors, at least 4)',
    fallback: '',
  },
  'rating-command': { value: 'COMMAND', help: 'program that prints the rating, 0-100, instead', fallback: '' },
  'rating-timeout': { value: 'SECONDS', help: 'time that the program has', fallback: '1' },
  'fixed-rating': { value: 'RATING', help: 'always tell this rating, 0-100; for trials', fallback: '' },
  xsessions: { value: 'FOLDERS', help: 'folders of session files, separated by :', fallback: '/usr/share/xsessions' },
  'locale-whitelist': {
    value: 'FILE',
    help: 'the languages that are told, one a line',
    fallback: '/etc/ldm/ldminfod-locale-whitelist',
  },
  'drain-file': {
    value: 'FILE',
    help: `no new logins while it is there (default: ${Object.values(drainFiles).join(' and ')})`,
    fallback: '',
  },
  'max-connections': { value: 'NUMBER', help: 'open connections at one time', fallback: '2000' },
  'max-per-address': { value: 'NUMBER', help: 'open connections of one address at one time', fallback: '200' },
  'client-timeout': { value: 'SECONDS', help: 'time that one connection may stay open', fallback: '5' },
  'prometheus-file': {
    value: 'FILE',
    help: 'counters for Prometheus, written when somebody asks, at most every 10 s',
    fallback: '',
  },
  etcd: {
    value: 'ENDPOINTS',
    help: 'members of etcd that this server registers with, separated by blanks or commas',
    fallback: '',
  },
  'etcd-prefix': { value: 'PREFIX', help: 'what the keys of the servers begin with', fallback: '/ldm/servers/' },
  'etcd-name': {
    value: 'NAME',
    help: 'how clients name this server (default: its host name, with :PORT where --ssh-port is not 22)',
    fallback: '',
  },
  'etcd-ca': {
    value: 'FILE',
    help: "authority that signed etcd's certificate, PEM (default: the system's)",
    fallback: '',
  },
  'etcd-cert': { value: 'FILE', help: 'certificate that is shown to etcd, PEM', fallback: '' },
  'etcd-key': { value: 'FILE', help: 'key to that certificate, PEM', fallback: '' },
  'etcd-user': { value: 'NAME', help: 'user name in etcd', fallback: '' },
  'etcd-password-file': { value: 'FILE', help: 'file whose first line is the password of that user', fallback: '' },
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
  /** All that are looked at; `drain` writes the first, or the last when it is to be permanent. */
  readonly drainFiles: readonly string[];
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly clientTimeoutMs: number;
  /** null where none is written. */
  readonly prometheusFile: string | null;
  /** null where etcd is not told. */
  readonly etcd: EtcdOptions | null;
}

/** Where this server is registered; files are paths. */
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

/** One value and where it stands, for the message that refuses it. */
export interface Given {
  readonly text: string;
  readonly place: string;
  readonly code: 'usage' | 'config';
}
export type GivenOptions = ReadonlyMap<OptionName, Given>;

/** What the command line asks for. */
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
    throw new OptionsError('usage', error instanceof Error ? error.message : String(error));
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
    `${JSON.stringify(positionals.join(' '))} is no command; there are drain, undrain, status`,
  );
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionTable, name);
}

/**
 * Checks and completes what was given.
 * @param sources earlier ones win: the command line, then the configuration file
 * @throws {OptionsError} naming the place of the value that cannot be meant
 */
export function readOptions(...sources: readonly GivenOptions[]): Options {
  const given = (name: OptionName): Given => {
    const found = sources.map((source) => source.get(name)).find((one) => one !== undefined);
    return found ?? { text: optionTable[name].fallback, place: `--${name}`, code: 'usage' };
  };
  const number = (name: OptionName, lowest: number, highest: number): number => {
    const { text } = given(name);
    if (!/^\d{1,9}$/.test(text) || Number(text) < lowest || Number(text) > highest) {
      throw refused(given(name), `a whole number from ${lowest} to ${highest}`);
    }
    return Number(text);
  };
  const optional = <Value>(name: OptionName, read: (name: OptionName) => Value): Value | null =>
    given(name).text === '' ? null : read(name);
  const milliseconds = (name: OptionName, highest: number): number => {
    const { text } = given(name);
    const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    if (seconds <= 0 || seconds > highest) throw refused(given(name), `seconds, more than 0, up to ${highest}`);
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
    if (!text.startsWith('/')) throw refused(given(name), 'a path that begins with /');
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
      matching('etcd-prefix', /^[!-~]{1,200}$/, 'printable ASCII without blanks') +
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
    // 0.0.0.0 means IPv4 alone, :: both.
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
  return new OptionsError(code, `${place}: ${JSON.stringify(text)} is not accepted; it takes ${accepted}`);
}
