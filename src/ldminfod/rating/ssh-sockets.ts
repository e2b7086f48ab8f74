import { endianness } from 'node:os';
import { bytesOfAddress } from '../../shared/ip-address.js';

/** The state of the ssh service by the kernel's socket tables, without a connection to it. */
export interface SshSockets {
  /** Whether a process listens on the port. */
  readonly listening: boolean;
  /** Connections whose handshake the kernel has completed, accepted by sshd or not. */
  readonly connections: number;
}

/** The place of the service. */
export interface SshPlace {
  readonly port: number;
  /** null for all addresses of this machine. */
  readonly address: string | null;
}

/** /proc/net/tcp's states (include/net/tcp_states.h). */
const established = '01';
const listen = '0A';

/**
 * Counts in the text of /proc/net/tcp and /proc/net/tcp6. Only the local address is compared, so connections of this
 * machine to the ssh ports of other servers do not count.
 * @param tables the two texts; empty for a missing file
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
      // A wildcard listener covers the address. `::` also covers IPv4, unless an option that is not shown excludes it.
      if (state === listen) listening ||= ours || /^0+$/.test(local);
      else if (ours) connections += 1;
    }
  }
  return { listening, connections };
}

/** An address as the tables write it: 32-bit words in the machine's byte order; an IPv4 address also in its IPv6 form. */
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
  return new Set([hexOf(bytes), hexOf(mapped)]);
}
