import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isObject } from '../../protocol/etcd-gateway.js';
import type { ServerInfo } from '../../protocol/info-service.js';
import { responseText } from '../response-text.js';

/** What this process wrote to etcd. */
export interface WrittenEntry {
  readonly text: string;
  /** The id of the lease, as etcd's gateway writes it: decimal digits. */
  readonly lease: string;
}

/**
 * What etcd has under our key, compared with what we wrote.
 * - `altered`: another text, written by hand, from a backup, or by ourselves and arrived late
 * - `foreign`: another ldminfod registers the same name
 */
export type EntryState =
  | { readonly kind: 'ours' | 'missing' | 'altered' }
  | { readonly kind: 'foreign'; readonly by: string };

const authorKey = 'registered-by:';
const maxAuthorLength = 200;

/**
 * Formats an answer for etcd, with its author, so that an administrator finds the other machine of a name clash.
 * @param ageMs an entry stays until it is replaced, so its age is the interval between two checks
 */
export function etcdEntryText(info: ServerInfo, author: string, ageMs: number): string {
  return `${responseText({ ...info, ageMs })}${authorKey}${author}\n`;
}

/**
 * Compares the result of a range request for our key with what we wrote.
 * @param self the author that we write ourselves ({@link ownAuthor})
 */
export function compareEntry(rangeResult: unknown, { text, lease }: WrittenEntry, self: string): EntryState {
  const kvs: unknown = isObject(rangeResult) ? rangeResult.kvs : undefined;
  const entry: unknown = Array.isArray(kvs) ? kvs[0] : undefined;
  if (!isObject(entry)) return { kind: 'missing' };
  const value = typeof entry.value === 'string' ? Buffer.from(entry.value, 'base64').toString('utf8') : '';
  // The gateway omits zeros, so a key without a lease was written by hand.
  if (entry.lease === lease) return { kind: value === text ? 'ours' : 'altered' };
  const by = authorIn(value);
  return entry.lease === undefined || by === self ? { kind: 'altered' } : { kind: 'foreign', by };
}

function authorIn(text: string): string {
  const line = text.split('\n').findLast((one) => one.startsWith(authorKey));
  // Untrusted: every user of etcd can write it, and it is printed on terminals.
  const author = line?.slice(authorKey.length).replace(/\p{C}/gu, ' ').slice(0, maxAuthorLength).trim();
  return author || 'an ldminfod of an earlier version';
}

type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address' | 'internal'>[]>;

/** Identifies this process. Copies of a disk image share their host name, so the addresses are included. */
export function ownAuthor(interfaces: Interfaces = networkInterfaces()): string {
  const addresses = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
  return [hostname(), ...addresses.slice(0, 3), `pid ${process.pid}`].join(', ').slice(0, maxAuthorLength);
}
