import { hostname, networkInterfaces } from 'node:os';
import { isObject } from '../../protocol/etcd-gateway.js';

/** What we wrote to etcd. */
export interface WrittenEntry {
  readonly text: string;
  /** The id of the lease, as etcd's gateway writes it: decimal digits. */
  readonly lease: string;
}

/**
 * What etcd has in the place of what we wrote.
 * - `altered`: another text, by hand or from a backup, or a text of our own that arrived late
 * - `foreign`: another ldminfod registers the same name
 */
export type EntryState =
  | { readonly kind: 'ours' | 'missing' | 'altered' }
  | { readonly kind: 'foreign'; readonly by: string };

/**
 * Compares the answer to a range request for our key with what we wrote.
 * @param self the author that we write ourselves ({@link ownAuthor})
 */
export function compareEntry(answer: unknown, { text, lease }: WrittenEntry, self: string): EntryState {
  const kvs: unknown = isObject(answer) ? answer.kvs : undefined;
  const entry: unknown = Array.isArray(kvs) ? kvs[0] : undefined;
  if (!isObject(entry)) return { kind: 'missing' };
  const value = typeof entry.value === 'string' ? Buffer.from(entry.value, 'base64').toString('utf8') : '';
  // The gateway leaves out what is 0: a key without a lease was put there by hand.
  if (entry.lease === lease) return { kind: value === text ? 'ours' : 'altered' };
  const by = authorIn(value);
  return entry.lease === undefined || by === self ? { kind: 'altered' } : { kind: 'foreign', by };
}

const authorKey = 'registered-by:';
const maxAuthorLength = 200;

/** The lines with their author, so that an administrator finds the other machine of a name clash. */
export function withAuthor(lines: string, author: string): string {
  return `${lines}${authorKey}${author}\n`;
}

function authorIn(text: string): string {
  const line = text.split('\n').findLast((one) => one.startsWith(authorKey));
  // Anybody who writes to etcd can write this, and it is printed on terminals.
  const author = line?.slice(authorKey.length).replace(/\p{C}/gu, ' ').slice(0, maxAuthorLength).trim();
  return author || 'an ldminfod of an earlier version';
}

/** This process: copies of one disk image have one name, so the addresses are told as well. */
export function ownAuthor(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
  return [hostname(), ...addresses.slice(0, 3), `pid ${process.pid}`].join(', ').slice(0, maxAuthorLength);
}
