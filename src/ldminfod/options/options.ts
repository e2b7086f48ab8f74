import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { acceptedEtcdEndpoints, parseEtcdEndpoints, withScheme } from '../../protocol/etcd-endpoints.js';
import { drainFiles } from '../drain.js';
import { type Given, type GivenOptions, type OptionName, OptionsError, optionTable } from './option-table.js';

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
