import { readFile } from 'node:fs/promises';

/** Both ends of a TCP connection over IPv4, as properties of a socket. */
export interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/**
 * Whether the other end of a loopback connection belongs to the user who runs the demo. The passwords of the demo are
 * public, and all users of a machine share its loopback.
 * @param ownUid as process.getuid
 * @param table text of the kernel's /proc/net/tcp
 */
export function isOwnConnection(ends: Ends, table: string, ownUid: number): boolean {
  const near = endpoint(ends.localAddress, ends.localPort);
  const far = endpoint(ends.remoteAddress, ends.remotePort);
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, remote, , , , , uid]) => local === far && remote === near && Number(uid) === ownUid);
}

export async function readConnections(): Promise<string> {
  return readFile('/proc/net/tcp', 'utf8');
}

/** As in proc(5): the four bytes as one number in this machine's byte order, a colon, and the port. */
function endpoint(address: string | undefined, port: number | undefined): string {
  const bytes = Uint8Array.from((address ?? '').split('.').map(Number));
  if (bytes.length !== 4 || port === undefined) return 'none';
  const word = new Uint32Array(bytes.buffer)[0] ?? 0;
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  return `${hex(word, 8)}:${hex(port, 4)}`;
}
