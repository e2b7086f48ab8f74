import { createHmac } from 'node:crypto';
import { keyProblem, keyType } from './host-key.js';

/** Where a line stands; `line` counts from 1. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostsLine {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field as written. */
  readonly names: string;
  readonly hosts: HostField;
  readonly type: string;
  /** The ssh wire form. */
  readonly key: Buffer;
  readonly comment: string;
  readonly at: LinePlace;
}

/** The hosts of a line: one hashed name, or patterns. */
export type HostField =
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly hash: Buffer }
  | { readonly kind: 'patterns'; readonly wanted: readonly string[]; readonly refused: readonly string[] };

export interface KnownHostsProblem extends LinePlace {
  /** For the administrator. */
  readonly problem: string;
}

/**
 * Reads a whole known_hosts file. Invalid lines are reported and left out; comments and blank lines are skipped.
 * @param file the name that problems and verdicts carry
 */
export function parseKnownHosts(
  text: string,
  file: string,
): { lines: KnownHostsLine[]; problems: KnownHostsProblem[] } {
  const lines: KnownHostsLine[] = [];
  const problems: KnownHostsProblem[] = [];
  // The byte order mark of some editors is not part of a name.
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = raw.replace(/^[ \t]+|[ \t\r\v\f]+$/g, '');
    if (line === '' || line.startsWith('#')) continue;
    const at = { file, line: index + 1 };
    const parsed = parseLine(line, at);
    if (typeof parsed === 'string') problems.push({ ...at, problem: parsed });
    else lines.push(parsed);
  }
  return { lines, problems };
}

/** @returns the problem where the line cannot be used */
function parseLine(line: string, at: LinePlace): KnownHostsLine | string {
  const [first = '', ...others] = line.split(/[ \t]+/);
  const marked = first.startsWith('@');
  const marker = marked ? first.slice(1) : 'none';
  if (marker !== 'none' && marker !== 'revoked' && marker !== 'cert-authority') return `${first} is no known marker`;
  const [names = '', type, base64, ...comment] = marked ? others : [first, ...others];
  if (type === undefined || base64 === undefined) return 'a line is: host names, key type, key';
  const hosts = parseHosts(names);
  if (typeof hosts === 'string') return hosts;
  const key = decodeBase64(base64);
  if (key === undefined) return /^\d+$/.test(type) ? 'a key of SSH version 1' : 'the key is no base64';
  const problem = keyProblem(key);
  if (problem !== undefined) return problem;
  const plainType = signatureTypes.get(type) ?? type;
  if (keyType(key) !== plainType) return `the line says ${type}, the key itself is ${keyType(key)}`;
  return { marker, names, hosts, type: plainType, key, comment: comment.join(' '), at };
}

/** Names of signatures, which OpenSSH reads as the types of their keys. */
const signatureTypes: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'ssh-rsa'],
  ['rsa-sha2-512', 'ssh-rsa'],
]);

/** OpenSSH ignores a line with a longer pattern. */
const maxPatternLength = 1_022;

function parseHosts(names: string): HostField | string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x20\x7f]/.test(names)) return 'the host names hold characters that no name has';
  if (names.startsWith('|')) {
    const [, ...parts] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
    const [salt, hash] = parts.map(decodeBase64);
    if (salt?.length !== 20 || hash?.length !== 20) return 'the hashed name is damaged';
    return { kind: 'hashed', salt, hash };
  }
  const patterns = names
    .toLowerCase()
    .split(',')
    .filter((pattern) => pattern !== '');
  if (patterns.some((pattern) => pattern.length > maxPatternLength)) return 'a host name is too long';
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const refused = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return wanted.length > 0 ? { kind: 'patterns', wanted, refused } : 'the line names no host';
}

/** Buffer.from() skips characters that are not base64; a key with a typing mistake must not become another key. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * The name of a host in known_hosts: in lowercase, with the port where it is not 22.
 */
export function lookupName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Whether a line is about a host. @param name made by {@link lookupName} */
export function matchesHost(hosts: HostField, name: string): boolean {
  if (hosts.kind === 'hashed') return createHmac('sha1', hosts.salt).update(name).digest().equals(hosts.hash);
  return matchesAny(hosts, [name]);
}

/** Whether a line is about a host that has several spellings. An exception for any of them counts. */
export function matchesAny(hosts: HostField, names: readonly string[]): boolean {
  if (hosts.kind === 'hashed') return names.some((name) => matchesHost(hosts, name));
  const meets = (pattern: string): boolean => names.some((name) => matchesPattern(pattern, name));
  return !hosts.refused.some(meets) && hosts.wanted.some(meets);
}

/** Whether a pattern is more than one literal name. */
export function isWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** `*` is any run of characters, `?` is one. The time is at most pattern times name, for every pattern. */
export function matchesPattern(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      starName = n;
    } else if (pattern[p] === '?' || pattern.charAt(p) === name[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++starName;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
