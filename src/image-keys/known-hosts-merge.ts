import { isIP } from 'node:net';
import { isWildcard, type KnownHostsLine, type LinePlace, matchesHost } from '../session/host-keys/known-hosts-line.js';

/** Two keys of one type for one name. A client would accept either machine. */
export interface Contradiction {
  readonly name: string;
  readonly type: string;
  readonly first: LinePlace;
  readonly second: LinePlace;
}

/**
 * Finds every name with two keys of one type, including lines with wildcards or hashed names. Lines with markers are
 * ignored: a host may have two authorities, and any number of revoked keys.
 * @param lines of two lines that contradict each other, the earlier one is `first`
 */
export function findContradictions(lines: readonly KnownHostsLine[]): Contradiction[] {
  const keys = lines.filter(({ marker }) => marker === 'none');
  const claims = new Map<string, { name: string; line: KnownHostsLine }>();
  const found: Contradiction[] = [];
  const claim = (name: string, line: KnownHostsLine): void => {
    const earlier = claims.get(`${name} ${line.type}`)?.line;
    if (earlier === undefined) claims.set(`${name} ${line.type}`, { name, line });
    else if (!earlier.key.equals(line.key)) found.push(contradiction(name, earlier, line));
  };
  for (const line of keys) for (const name of literalNames(line)) claim(name, line);
  const literal = [...claims.values()];
  const searched = keys.filter(({ hosts }) => hosts.kind === 'hashed' || hosts.wanted.some(isWildcard));
  for (const line of searched) {
    for (const { name, line: other } of literal) {
      if (other.type !== line.type || other.key.equals(line.key) || !matchesHost(line.hosts, name)) continue;
      found.push(
        lines.indexOf(other) < lines.indexOf(line)
          ? contradiction(name, other, line)
          : contradiction(name, line, other),
      );
    }
    claim(line.names.toLowerCase(), line);
  }
  return found;
}

/** Files with this suffix have the next keys of servers. A name may also have its old key for a while. */
const rollOutSuffix = '.next';

export function isRollOutFile(file: string): boolean {
  return file.endsWith(rollOutSuffix);
}

/** Whether two keys of one name are an old and a new one. Two new ones contradict each other. */
export function isRollOut({ first, second }: Contradiction): boolean {
  return isRollOutFile(first.file) !== isRollOutFile(second.file);
}

function contradiction(name: string, first: KnownHostsLine, second: KnownHostsLine): Contradiction {
  return { name, type: first.type, first: first.at, second: second.at };
}

function literalNames({ hosts }: KnownHostsLine): readonly string[] {
  if (hosts.kind === 'hashed') return [];
  return hosts.wanted.filter((name) => !isWildcard(name) && matchesHost(hosts, name));
}

/**
 * Merges the lines: one line for each key, with all its names, sorted, without comments. Lines with wildcards, negations or
 * hashed names stay as they are, without duplicates.
 */
export function mergeLines(lines: readonly KnownHostsLine[]): string[] {
  const merged = new Map<string, { readonly names: Set<string>; readonly rest: string; readonly marker: string }>();
  for (const line of lines) {
    const { hosts, type, key } = line;
    const marker = line.marker === 'none' ? '' : `@${line.marker} `;
    const rest = `${type} ${key.toString('base64')}`;
    const mergeable = hosts.kind === 'patterns' && hosts.refused.length === 0 && !hosts.wanted.some(isWildcard);
    const id = `${marker}${rest}${mergeable ? '' : ` ${unmerged(line)}`}`;
    const entry = merged.get(id) ?? { names: new Set<string>(), rest, marker };
    merged.set(id, entry);
    for (const name of mergeable ? hosts.wanted : [unmerged(line)]) entry.names.add(name);
  }
  return [...merged.values()]
    .map(({ names, rest, marker }) => `${marker}${[...names].sort(namesFirst).join(',')} ${rest}`)
    .sort(byCodeUnit);
}

/** Names are case-insensitive, hashed names are not. */
function unmerged({ hosts, names }: KnownHostsLine): string {
  return hosts.kind === 'hashed' ? names : names.toLowerCase();
}

function namesFirst(a: string, b: string): number {
  return Number(isAddress(a)) - Number(isAddress(b)) || byCodeUnit(a, b);
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]:\d+$/, '$1')) !== 0;
}

/** The same order in every locale, so that every machine writes the same file. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** `ldm keys update` writes between these two lines. */
export const blockStart = '# BEGIN ldm keys update: lines outside of this block are kept, lines inside are replaced';
export const blockEnd = '# END ldm keys update';

/** A known_hosts file with a marked block, or the problem of its marks. */
export type BlockedFile =
  | {
      readonly kind: 'readable';
      /** The file with blank lines instead of the block, so that line numbers stay the same. */
      readonly byHand: string;
      /** The file with new lines in the block; a new block is appended. */
      readonly withBlock: (lines: readonly string[]) => string;
    }
  | { readonly kind: 'damaged'; readonly line: number; readonly problem: string };

export function readBlockedFile(text: string): BlockedFile {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const marks = lines.flatMap((line, index) => {
    const mark = line.trim();
    // Earlier versions had another sentence after the colon.
    if (mark.startsWith('# BEGIN ldm keys update:')) return [{ mark: blockStart, index }];
    return mark === blockEnd ? [{ mark, index }] : [];
  });
  const [start, end, more] = marks;
  const damaged = (index: number, problem: string): BlockedFile => ({ kind: 'damaged', line: index + 1, problem });
  if (start?.mark === blockEnd) return damaged(start.index, 'the end of a block without its beginning');
  if (start && end?.mark !== blockEnd) return damaged(start.index, 'the beginning of a block without its end');
  if (more) return damaged(more.index, 'a second block');
  const before = lines.slice(0, start?.index ?? lines.length);
  const after = end ? lines.slice(end.index + 1) : [];
  const gap = lines.length - before.length - after.length;
  return {
    kind: 'readable',
    byHand: [...before, ...Array<string>(gap).fill(''), ...after].join('\n'),
    withBlock: (block) => [...before, blockStart, ...block, blockEnd, ...after].join('\n').concat('\n'),
  };
}
