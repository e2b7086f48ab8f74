/**
 * LDM_SSHOPTIONS: options of the ssh program, of which those are taken that mean something to a client that is not that
 * program. The classic pasted them into a command line as root.
 */
import { absolutePath, port, seconds } from './values.js';

/** A list as ssh_config(5) has it: the list itself, or what is added, taken away or put in front. */
export interface AlgorithmList {
  readonly how: 'only' | 'append' | 'remove' | 'prepend';
  readonly names: readonly string[];
}

/** What was said; what was not is left to the other settings. */
export interface SshOptions {
  readonly port?: number;
  readonly connectTimeoutMs?: number;
  readonly hostKeys?: 'strict' | 'accept-new';
  readonly userKnownHosts?: readonly string[];
  readonly globalKnownHosts?: readonly string[];
  readonly keepaliveMs?: number;
  readonly keepaliveCount?: number;
  readonly compress?: boolean;
  readonly ciphers?: AlgorithmList;
  readonly macs?: AlgorithmList;
  readonly kex?: AlgorithmList;
  readonly hostKeyAlgorithms?: AlgorithmList;
  readonly leastRsaBits?: number;
}

/** OpenSSH's ServerAliveCountMax where it is not set. */
const defaultKeepaliveCount = 3;

/**
 * The silence after which OpenSSH's client would end the session, ServerAliveInterval times ServerAliveCountMax, in ms;
 * undefined where no interval is set. The interval has no other effect here.
 */
export function keepaliveTimeoutMs({ keepaliveMs, keepaliveCount = defaultKeepaliveCount }: SshOptions) {
  return keepaliveMs === undefined ? undefined : keepaliveMs * keepaliveCount;
}

/** What our ssh library has (ssh2 1.17); a test compares. */
export const sshAlgorithms = {
  ciphers: words(
    'aes128-gcm@openssh.com aes256-gcm@openssh.com aes128-ctr aes192-ctr chacha20-poly1305@openssh.com aes256-ctr',
    'aes256-cbc aes192-cbc aes128-cbc 3des-cbc aes128-gcm aes256-gcm',
  ),
  macs: words(
    'hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com hmac-sha1-etm@openssh.com hmac-sha2-256',
    'hmac-sha2-512 hmac-sha1 hmac-md5 hmac-sha2-256-96 hmac-sha2-512-96 hmac-ripemd160 hmac-sha1-96 hmac-md5-96',
  ),
  kex: words(
    'curve25519-sha256@libssh.org curve25519-sha256 ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256 diffie-hellman-group14-sha256 diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512 diffie-hellman-group17-sha512 diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha1 diffie-hellman-group14-sha1 diffie-hellman-group1-sha1',
  ),
  hostKeyAlgorithms: words(
    'ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 rsa-sha2-512 rsa-sha2-256 ssh-rsa ssh-dss',
  ),
} as const;
type AlgorithmKind = keyof typeof sshAlgorithms;

/** By its name in ssh_config(5), in small letters: what a value makes of it; undefined where it cannot be meant. */
const options: ReadonlyMap<string, (value: string) => SshOptions | undefined> = new Map([
  ['port', (value) => wrap('port', port(value))],
  ['connecttimeout', (value) => wrap('connectTimeoutMs', seconds(value))],
  ['serveraliveinterval', (value) => wrap('keepaliveMs', seconds(value))],
  ['serveralivecountmax', (value) => wrap('keepaliveCount', /^[1-9]\d?$/.test(value) ? Number(value) : undefined)],
  ['compression', (value) => wrap('compress', yesNo(value))],
  ['stricthostkeychecking', (value) => wrap('hostKeys', hostKeys(value))],
  ['userknownhostsfile', (value) => wrap('userKnownHosts', files(value))],
  ['globalknownhostsfile', (value) => wrap('globalKnownHosts', files(value))],
  ['ciphers', (value) => wrap('ciphers', algorithms('ciphers', value))],
  ['macs', (value) => wrap('macs', algorithms('macs', value))],
  ['kexalgorithms', (value) => wrap('kex', algorithms('kex', value))],
  ['requiredrsasize', (value) => wrap('leastRsaBits', rsaSize(value))],
  ['hostkeyalgorithms', (value) => wrap('hostKeyAlgorithms', algorithms('hostKeyAlgorithms', value))],
]);
const letters: Readonly<Record<string, string>> = { p: 'port', c: 'ciphers', m: 'macs' };

export const sshOptionsWords =
  '-o NAME=VALUE with Port, ConnectTimeout, ServerAliveInterval, ServerAliveCountMax, Compression, ' +
  'StrictHostKeyChecking (yes, accept-new), UserKnownHostsFile, GlobalKnownHostsFile, Ciphers, MACs, KexAlgorithms, ' +
  'HostKeyAlgorithms or RequiredRSASize; -p PORT, -c CIPHERS, -m MACS, -C; of no other option of ssh is there anything here that it could ' +
  'change';

/** Reads the words; the first of two says counts, as with ssh. @returns undefined where one cannot be meant */
export function parseSshOptions(text: string): SshOptions | undefined {
  let read: SshOptions = {};
  const left = text.split(/\s+/).filter((word) => word !== '');
  while (left.length > 0) {
    const word = left.shift() ?? '';
    const [, letter = '', attached = ''] = /^-([A-Za-z])(.*)$/.exec(word) ?? [];
    if (letter === '' || (letter === 'C' && attached !== '')) return undefined;
    const pair = letter === 'C' ? 'compression=yes' : pairOf(letter, attached || (left.shift() ?? ''));
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    const option = options.get(name.toLowerCase())?.(value);
    if (option === undefined) return undefined;
    read = { ...option, ...read };
  }
  return read;
}

function pairOf(letter: string, value: string): string {
  return letter === 'o' ? value : `${letters[letter] ?? '?'}=${value}`;
}

function wrap<K extends keyof SshOptions>(key: K, value: SshOptions[K]): SshOptions | undefined {
  return value === undefined ? undefined : { [key]: value };
}

function algorithms(kind: AlgorithmKind, value: string): AlgorithmList | undefined {
  const how = ({ '+': 'append', '-': 'remove', '^': 'prepend' } as const)[value.slice(0, 1)] ?? 'only';
  const names = (how === 'only' ? value : value.slice(1)).split(',');
  return names.every((name) => sshAlgorithms[kind].includes(name)) ? { how, names } : undefined;
}

function rsaSize(value: string): number | undefined {
  const bits = /^\d{4,5}$/.test(value) ? Number(value) : 0;
  return bits >= 1_024 && bits <= 16_384 ? bits : undefined;
}

function hostKeys(value: string): SshOptions['hostKeys'] {
  if (/^(yes|ask)$/i.test(value)) return 'strict';
  return value.toLowerCase() === 'accept-new' ? 'accept-new' : undefined;
}

function files(value: string): readonly string[] | undefined {
  return absolutePath(value) === undefined ? undefined : [value];
}

function yesNo(value: string): boolean | undefined {
  if (/^yes$/i.test(value)) return true;
  return /^no$/i.test(value) ? false : undefined;
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '));
}
