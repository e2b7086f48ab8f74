import { readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * The number of sent bytes that the other side's kernel has not confirmed yet. Linux reports it in /proc/net/tcp. The
 * socket option for it (TCP_USER_TIMEOUT) is not available in Node, and TCP's keepalive judges nothing while data is on
 * its way. Without this, a login would wait 15 minutes for a server that vanishes right after it received the password.
 * @returns undefined where it is unknown
 */
export function unconfirmedBytes(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${handle?.fd}`)) ?? [];
    if (inode === undefined) return undefined;
    for (const file of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
      const bytes = sendQueueOf(inode, readFileSync(file, 'latin1'));
      if (bytes !== undefined) return bytes;
    }
  } catch {
    // Not Linux, or no /proc.
  }
  return undefined;
}

/** The send queue of one socket in the text of /proc/net/tcp (proc_net_tcp.rst of the kernel). */
export function sendQueueOf(inode: string, table: string): number | undefined {
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [queue] = fields[4]?.split(':') ?? [];
    if (fields[9] === inode && queue !== undefined) return Number.parseInt(queue, 16);
  }
  return undefined;
}
