import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../shared/log/log.js';
import { canonicalHost } from '../../shared/server-address.js';
import { fingerprint, hostKeyAlgorithms, keyType } from './host-key.js';
import {
  isWildcard,
  type KnownHostsLine,
  type LinePlace,
  lookupName,
  matchesAny,
  parseKnownHosts,
} from './known-hosts-line.js';

export { fingerprint, hostKeyAlgorithms, type KnownHostsLine, keyType, parseKnownHosts };

/** The verdict on a key that a server has shown. Only `known` allows a sign-in. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  /** No key of this type is known for this host; `knownTypes` are those that are. */
  | { readonly kind: 'unknown'; readonly knownTypes: readonly string[] }
  /** Another key of this type is known. */
  | { readonly kind: 'changed'; readonly at: LinePlace }
  | { readonly kind: 'revoked'; readonly at: LinePlace };

/**
 * The known keys of all hosts. Names match as in `ssh-keygen -F`, and as in `ssh` the plain name of a host counts for
 * a port other than 22 where no key is known for `[host]:port`. An IPv6 address counts in the usual spelling and in that
 * of the list of servers.
 */
export interface KnownHosts {
  /** @param key the ssh wire form */
  verdict(host: string, port: number, key: Buffer): HostKeyVerdict;
  /** Key types known for this host and not revoked, in the files' order; empty for an unknown host. */
  keyTypes(host: string, port: number): readonly string[];
  /** Keys of the certificate authorities that may vouch for this host; revoked ones are left out. */
  authorities(host: string, port: number): readonly Buffer[];
  /** Whether a key, of a host or of an authority, is revoked for this host. */
  isRevoked(host: string, port: number, key: Buffer): boolean;
}

/**
 * Answers questions about lines. Literal names are indexed and answers are cached, so that many hosts times many lines
 * stay fast; wildcards and hashed names are tried one by one.
 */
export function knownHosts(lines: Iterable<KnownHostsLine>): KnownHosts {
  const order = [...lines];
  const literal = new Map<string, number[]>();
  const searched: number[] = [];
  for (const [index, { hosts }] of order.entries()) {
    if (hosts.kind === 'hashed' || hosts.refused.length > 0 || hosts.wanted.some(isWildcard)) searched.push(index);
    else for (const name of hosts.wanted) indexed(literal, name).push(index);
  }
  const answers = new Map<string, readonly KnownHostsLine[]>();
  const linesOf = (host: string, port: number): readonly KnownHostsLine[] => {
    const names = [...new Set([canonicalHost(host), host].map((spelling) => lookupName(spelling, port)))];
    const kept = answers.get(names.join(' '));
    if (kept) return kept;
    const matching = (index: number): boolean => {
      const line = order[index];
      return line !== undefined && matchesAny(line.hosts, names);
    };
    const named = names.flatMap((name) => literal.get(name) ?? []);
    const found = [...new Set([...named, ...searched.filter(matching)])].sort((a, b) => a - b);
    const answer = found.flatMap((index) => order[index] ?? []);
    answers.set(names.join(' '), answer);
    return answer;
  };
  return {
    verdict(host, port, key) {
      const [own, plain] = [linesOf(host, port), linesOf(host, 22)];
      if (own.some(isKey)) return judge(own, key, plain);
      const verdict = judge(plain, key, own);
      // Other keys belong to another server on that machine.
      return verdict.kind === 'known' || verdict.kind === 'revoked' ? verdict : { kind: 'unknown', knownTypes: [] };
    },
    keyTypes(host, port) {
      const own = linesOf(host, port);
      return usableTypes(own.some(isKey) ? own : linesOf(host, 22));
    },
    authorities(host, port) {
      const own = linesOf(host, port);
      return usableAuthorities(own.some(isKey) || usableAuthorities(own).length > 0 ? own : linesOf(host, 22));
    },
    isRevoked: (host, port, key) => revocation([...linesOf(host, port), ...linesOf(host, 22)], key) !== undefined,
  };
}

function isKey({ marker }: KnownHostsLine): boolean {
  return marker === 'none';
}

function indexed(index: Map<string, number[]>, name: string): number[] {
  const kept = index.get(name) ?? [];
  index.set(name, kept);
  return kept;
}

/**
 * As OpenSSH decides: a revoked key is refused wherever it stands; then any line with this very key accepts it.
 * @param others lines that can only revoke
 */
function judge(lines: readonly KnownHostsLine[], key: Buffer, others: readonly KnownHostsLine[]): HostKeyVerdict {
  const revoked = revocation([...lines, ...others], key);
  if (revoked) return { kind: 'revoked', at: revoked.at };
  const known = lines.filter(isKey);
  if (known.some((line) => line.key.equals(key))) return { kind: 'known' };
  const type = keyType(key);
  const other = known.find((line) => line.type === type);
  return other ? { kind: 'changed', at: other.at } : { kind: 'unknown', knownTypes: usableTypes(lines) };
}

function revocation(lines: readonly KnownHostsLine[], key: Buffer): KnownHostsLine | undefined {
  return lines.find((line) => line.marker === 'revoked' && line.key.equals(key));
}

function usableAuthorities(lines: readonly KnownHostsLine[]): Buffer[] {
  const authorities = lines.filter(({ marker, key }) => marker === 'cert-authority' && !revocation(lines, key));
  return authorities.map(({ key }) => key);
}

function usableTypes(lines: readonly KnownHostsLine[]): string[] {
  const usable = lines.filter((line) => isKey(line) && !revocation(lines, line.key));
  return [...new Set(usable.map(({ type }) => type))];
}

/**
 * Reads the administrator's files and directories; of a directory, the files of {@link keyFilesIn}. Missing files are
 * skipped, and unusable ones go to the log with file and line: one bad line must not lock every user out of every server.
 */
export async function loadKnownHosts(paths: readonly string[], log: Log): Promise<KnownHosts> {
  const files = (await Promise.all(paths.map((path) => filesAt(path, log)))).flat();
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(file, 'utf8').catch(tell(file, log, '')) })),
  );
  const parsed = texts.map(({ file, text }) => parseKnownHosts(text, file));
  for (const { file, line, problem } of parsed.flatMap(({ problems }) => problems)) {
    log.warn('known-hosts-line-skipped', { file, line, problem });
  }
  return knownHosts(parsed.flatMap(({ lines }) => lines));
}

async function filesAt(path: string, log: Log): Promise<string[]> {
  const found = await stat(path).catch(tell(path, log, undefined));
  if (found === undefined) return [];
  if (found.isDirectory()) return keyFilesIn(path).catch(tell(path, log, []));
  if (!found.isFile()) log.warn('known-hosts-unreadable', { file: path, problem: 'neither a file nor a directory' });
  return found.isFile() ? [path] : [];
}

/** The key files of a directory, sorted by name: regular files (or links to them), not hidden, not `*~` or `*.bak`. */
export async function keyFilesIn(directory: string): Promise<string[]> {
  const paths = (await readdir(directory)).filter(isKeyFileName).map((name) => join(directory, name));
  const regular = await Promise.all(paths.map(isRegular));
  return paths.filter((_, index) => regular[index]).sort();
}

/** Whether a file of a key directory is read: not when it is hidden, or a copy that an editor left. */
export function isKeyFileName(name: string): boolean {
  return !/^\.|~$|\.bak$/.test(name);
}

async function isRegular(path: string): Promise<boolean> {
  return stat(path).then(
    (target) => target.isFile(),
    () => false,
  );
}

/** Turns a failed read into `instead`; a missing file is normal and not logged. */
function tell<T>(file: string, log: Log, instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') log.warn('known-hosts-unreadable', { file, problem: error.code });
    return instead;
  };
}

/** A host name that cannot be written to a known_hosts line. */
export class HostNameError extends Error {
  override readonly name = 'HostNameError';
  readonly code = 'unusable-host-name';
  constructor(readonly host: string) {
    super(`${JSON.stringify(host)} cannot stand in a known_hosts file`);
  }
}

/** One known_hosts line, without its line end. @throws {HostNameError} for a name that would mean something else */
export function formatKnownHostsLine(names: readonly string[], key: Buffer): string {
  const wrong = names.find((name) => !/^[\x21-\x7e]+$/.test(name) || /[,*?!|#@]/.test(name));
  if (names.length === 0 || wrong !== undefined) throw new HostNameError(wrong ?? '');
  return `${names.join(',')} ${keyType(key)} ${key.toString('base64')}`;
}

/**
 * Trust on first use (`LDM_HOST_KEYS=accept-new`): appends one line in one write, so that two simultaneous logins cannot
 * mix their lines. A new file is 0600, new directories 0700.
 * @throws {HostNameError}, or the file system's error
 */
export async function learnHostKey(file: string, host: string, port: number, key: Buffer): Promise<void> {
  const line = formatKnownHostsLine([lookupName(canonicalHost(host), port)], key);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    await handle.appendFile(`${size > 0 && last[0] !== 0x0a ? '\n' : ''}${line}\n`);
  } finally {
    await handle.close();
  }
}
