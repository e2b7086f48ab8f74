/**
 * LDM_SSHOPTIONS: options of the ssh program. The classic pasted them into a command line that ran as root. ldm is not that
 * program, so it uses only the options that make sense for it. No option prevents a login, and none makes a login less
 * secure: such options are left out with a warning.
 */
import { Partly, type Remark } from '../setting.js';
import { absolutePaths, port, seconds } from '../values.js';
import { readSshWords, type SshWord } from './split-options.js';
import { type AlgorithmKind, type AlgorithmList, readAlgorithms } from './ssh-algorithms.js';
import { effectOf } from './without-effect.js';

/** The options that are set. The other settings decide the rest. */
export interface SshOptions {
  readonly port?: number;
  readonly connectTimeoutMs?: number;
  readonly hostKeys?: 'strict' | 'accept-new';
  readonly hostKeyAlias?: string;
  readonly userKnownHosts?: readonly string[];
  readonly globalKnownHosts?: readonly string[];
  readonly keepaliveMs?: number;
  readonly keepaliveCount?: number;
  readonly compress?: boolean;
  readonly ciphers?: AlgorithmList;
  readonly macs?: AlgorithmList;
  readonly kex?: AlgorithmList;
  readonly hostKeyAlgorithms?: AlgorithmList;
  readonly minRsaBits?: number;
}

/** The default of ServerAliveCountMax in OpenSSH. */
const defaultKeepaliveCount = 3;

/**
 * The silence after which OpenSSH's client would end the session, ServerAliveInterval times ServerAliveCountMax, in ms;
 * undefined where no interval is set. The interval has no other effect here.
 */
export function keepaliveTimeoutMs({ keepaliveMs, keepaliveCount = defaultKeepaliveCount }: SshOptions) {
  return keepaliveMs === undefined ? undefined : keepaliveMs * keepaliveCount;
}

/** The effect of an option. `warnings` or `info` say why there is none. */
interface Taken {
  readonly options?: SshOptions;
  readonly warnings?: readonly string[];
  readonly info?: string;
}

/** By name in ssh_config(5), in lower case; undefined for an invalid value. */
const options: ReadonlyMap<string, (value: string) => Taken | undefined> = new Map([
  ['port', (value) => wrap('port', port(value))],
  ['connecttimeout', (value) => wrap('connectTimeoutMs', seconds(value))],
  ['serveraliveinterval', keepalive],
  ['serveralivecountmax', (value) => wrap('keepaliveCount', /^[1-9]\d?$/.test(value) ? Number(value) : undefined)],
  ['compression', (value) => wrap('compress', yesNo(value))],
  ['stricthostkeychecking', hostKeys],
  ['hostkeyalias', (value) => wrap('hostKeyAlias', /^[\w.:-]{1,253}$/.test(value) ? value : undefined)],
  ['userknownhostsfile', (value) => files('userKnownHosts', value)],
  ['globalknownhostsfile', (value) => files('globalKnownHosts', value)],
  ['ciphers', (value) => algorithms('ciphers', value)],
  ['macs', (value) => algorithms('macs', value)],
  ['kexalgorithms', (value) => algorithms('kex', value)],
  ['requiredrsasize', rsaSize],
  ['hostkeyalgorithms', (value) => algorithms('hostKeyAlgorithms', value)],
]);
const letters: Readonly<Record<string, string>> = { p: 'port', c: 'ciphers', m: 'macs' };

export const acceptedSshOptions =
  'options of ssh(1). These have an effect: -o NAME=VALUE with Port, ConnectTimeout, ServerAliveInterval, ' +
  'ServerAliveCountMax, Compression, StrictHostKeyChecking (yes, accept-new), HostKeyAlias, UserKnownHostsFile, ' +
  'GlobalKnownHostsFile, Ciphers, MACs, KexAlgorithms, HostKeyAlgorithms or RequiredRSASize; -p PORT, -c CIPHERS, -m MACS, -C. Options ' +
  'without a meaning for ldm are noted in the log. Options that would make a login less secure, such as old ' +
  'algorithms, are left out with a warning';

/** Reads the options. As with ssh, the first value of an option takes precedence. */
export function parseSshOptions(text: string): SshOptions | Partly<SshOptions> {
  let read: SshOptions = {};
  const remarks: Remark[] = [];
  const counting: string[] = [];
  const seen = new Set<string>();
  for (const word of readSshWords(text)) {
    const { name, value } = nameAndValue(word);
    const reader = options.get(name);
    if (reader !== undefined && seen.has(name)) {
      remarks.push({
        severity: 'info',
        part: word.said,
        reason: 'it was set before, and the first value takes precedence',
      });
      continue;
    }
    // An option that is left out counts as set: a later one must not replace it.
    seen.add(name);
    const taken = reader ? reader(value) : effectOf(word);
    if (taken === undefined) {
      remarks.push({ severity: 'warning', part: word.said, reason: `invalid value for ${name}` });
      continue;
    }
    const { options: found = {}, warnings = [], info } = taken;
    read = { ...read, ...found };
    if (Object.keys(found).length > 0) counting.push(word.said);
    for (const reason of warnings) remarks.push({ severity: 'warning', part: word.said, reason });
    if (info !== undefined) remarks.push({ severity: 'info', part: word.said, reason: info });
  }
  return remarks.length === 0 ? read : new Partly(read, remarks, counting.join(' '));
}

function nameAndValue(word: SshWord): { readonly name: string; readonly value: string } {
  switch (word.kind) {
    case 'option':
      return { name: word.name.toLowerCase(), value: word.value };
    case 'letter':
      return { name: letters[word.letter] ?? word.said, value: word.value };
    case 'flag':
      return word.letter === 'C' ? { name: 'compression', value: 'yes' } : { name: word.said, value: '' };
    case 'stray':
      return { name: word.said, value: '' };
  }
}

function wrap<K extends keyof SshOptions>(key: K, value: SshOptions[K]): Taken | undefined {
  return value === undefined ? undefined : { options: { [key]: value } };
}

function keepalive(value: string): Taken | undefined {
  if (value === '0') return { info: 'LDM_SESSION_TIMEOUT sets how long a session waits' };
  return wrap('keepaliveMs', seconds(value));
}

function rsaSize(value: string): Taken | undefined {
  const bits = /^\d{1,5}$/.test(value) ? Number(value) : undefined;
  if (bits === undefined || bits > 16_384) return undefined;
  return bits < 2_048
    ? { warnings: ['only LDM_LEGACY_SSH=yes accepts smaller keys'] }
    : { options: { minRsaBits: bits } };
}

function hostKeys(value: string): Taken | undefined {
  if (/^(yes|ask|true)$/i.test(value)) return { options: { hostKeys: 'strict' } };
  if (value.toLowerCase() === 'accept-new') return { options: { hostKeys: 'accept-new' } };
  if (!/^(no|off|false)$/i.test(value)) return undefined;
  return { warnings: ['host keys are always checked; ldm keys update collects them'] };
}

function files(key: 'userKnownHosts' | 'globalKnownHosts', value: string): Taken | undefined {
  if (/^none$/i.test(value)) return { info: 'there is no such file to leave out' };
  if (value.split(/\s+/).includes('/dev/null')) return { warnings: ['without known keys nobody could log in'] };
  const list = absolutePaths(value);
  if (list === undefined) return { warnings: ['expected absolute paths'] };
  if (!(list instanceof Partly)) return { options: { [key]: list } };
  return {
    options: { [key]: list.value },
    warnings: list.remarks.map(({ part }) => `${part} is not an absolute path`),
  };
}

function algorithms(kind: AlgorithmKind, value: string): Taken | undefined {
  const read = readAlgorithms(kind, value);
  if (read.kind === 'invalid') return undefined;
  const warnings = read.leftOut.map(({ name, why }) => `${name}: ${why}`);
  return { ...(read.list && { options: { [kind]: read.list } }), warnings };
}

function yesNo(value: string): boolean | undefined {
  if (/^(yes|true)$/i.test(value)) return true;
  return /^(no|false)$/i.test(value) ? false : undefined;
}
