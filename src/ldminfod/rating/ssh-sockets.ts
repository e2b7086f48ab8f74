import { isIPv4, isIPv6 } from 'node:net';
import { endianness } from 'node:os';

/** What the kernel's socket tables say about the ssh service, without opening a connection to it. */
export interface SshSockets {
  /** Something listens there. */
  readonly listening: boolean;
  /** Connections to it, from the moment that the kernel completed the handshake, accepted by sshd or not. */
  readonly connections: number;
}

/** Which service is meant. */
export interface SshPlace {
  readonly port: number;
  /** The address it is reached at; null for all of this machine's. */
  readonly address: string | null;
}

/** /proc/net/tcp's states (include/net/tcp_states.h). */
const established = '01';
const listen = '0A';

/**
 * Counts in the text of /proc/net/tcp and /proc/net/tcp6. Only the local side is compared, so this machine's own
 * connections to other servers' ssh ports do not count.
 * @param tables the two texts; empty where there is none
 */
export function countSshSockets(
  tables: readonly string[],
  { port, address }: SshPlace,
  byteOrder: 'LE' | 'BE' = endianness(),
): SshSockets {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = new RegExp(`^ *\\d+: ([0-9A-F]+):${portHex} [0-9A-F]+:[0-9A-F]{4} (${established}|${listen}) `, 'gm');
  const own = address === null ? undefined : hexForms(address, byteOrder);
  let listening = false;
  let connections = 0;
  for (const table of tables) {
    for (const [, local = '', state] of table.matchAll(rows)) {
      const ours = own === undefined || own.has(local);
      // A wildcard listener takes the address too; `::` takes IPv4 as well unless told otherwise, which is not shown.
      if (state === listen) listening ||= ours || /^0+$/.test(local);
      else if (ours) connections += 1;
    }
  }
  return { listening, connections };
}

/** An address as the two tables write it: 32-bit words in the machine's byte order; IPv4 also in its IPv6 clothes. */
function hexForms(address: string, byteOrder: 'LE' | 'BE'): ReadonlySet<string> {
  const bytes = bytesOfAddress(address);
  const hexOf = (list: readonly number[]): string => {
    const hex: string[] = [];
    for (let start = 0; start < list.length; start += 4) {
      const word = list.slice(start, start + 4);
      hex.push(...(byteOrder === 'LE' ? word.reverse() : word).map((byte) => byte.toString(16).padStart(2, '0')));
    }
    return hex.join('').toUpperCase();
  };
  const mapped = [...new Array<number>(10).fill(0), 255, 255, ...bytes];
  return new Set(bytes.length === 4 ? [hexOf(bytes), hexOf(mapped)] : [hexOf(bytes)]);
}

/**
 * The 4 or 16 bytes of an address; an IPv4 address in IPv6 form (`::ffff:10.0.0.1`) counts as IPv4.
 * @returns none for a text that is no address
 */
export function bytesOfAddress(text: string): number[] {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (!isIPv6(text)) return [];
  const bare = text.replace(/%.*$/, '');
  const withV4 = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  const [head = '', tail] = (withV4?.[1]?.replace(/([^:]):$/, '$1') ?? bare).split('::');
  const bytesOf = (part: string): number[] =>
    part
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  const last = withV4?.[2]?.split('.').map(Number) ?? [];
  const front = bytesOf(head);
  const back = [...bytesOf(tail ?? ''), ...last];
  const bytes = [...front, ...new Array<number>(Math.max(0, 16 - front.length - back.length)).fill(0), ...back];
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}
