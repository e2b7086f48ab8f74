import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from './log.js';
import { bytesOfAddress } from './rating/ssh-sockets.js';

export interface InfoServerOptions {
  /** Gives the text of one answer, immediately where possible. */
  readonly respond: (send: (text: string) => void) => void;
  /** Open connections, of everybody together and of one address. */
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  /** ms that one connection may stay open. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** Bytes of a talkative client that are read away, before it is cut off. */
const maxReceivedBytes = 64 * 1024;

export interface InfoServer {
  /** Not listening yet. */
  readonly listener: Server;
  /** Takes no new client and closes those that have their answer; those that wait for it still get it. */
  stop(): void;
}

interface Peer {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * The listener. An answer is written when the connection is there, and as it fits into the kernel's buffer, the
 * client is served from then on whether it reads or not. The connection stays open until the client closes its side,
 * since closing on unread input would make the kernel drop the answer; but over a limit the oldest answered one is
 * closed to make room, and a client that is still waiting for its answer never is. So a flood that does not read
 * costs a bounded number of sockets and keeps nobody out.
 */
export function createInfoServer(options: InfoServerOptions): InfoServer {
  const answered = new Set<Peer>();
  const open = new Map<string, Set<Peer>>();
  let total = 0;

  const oldestAnswered = (among: Iterable<Peer>): Peer | undefined => {
    for (const peer of among) if (answered.has(peer)) return peer;
    return undefined;
  };
  const forget = (peer: Peer): void => {
    const ofAddress = open.get(peer.address);
    if (!ofAddress?.delete(peer)) return;
    if (ofAddress.size === 0) open.delete(peer.address);
    answered.delete(peer);
    total -= 1;
  };
  const makeRoom = (limited: Iterable<Peer>): boolean => {
    const oldest = oldestAnswered(limited);
    if (oldest === undefined) return false;
    forget(oldest);
    oldest.socket.destroy();
    return true;
  };

  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    const address = addressKey(socket.remoteAddress ?? '');
    const siblings = open.get(address) ?? new Set();
    const full =
      (siblings.size >= options.maxPerAddress && !makeRoom(siblings)) ||
      (total >= options.maxConnections && !makeRoom(answered));
    if (full) {
      options.log.warnRarely('too-many-connections', { address, open: total });
      socket.destroy();
      return;
    }
    const peer: Peer = { socket, address };
    // Looked up again: making room may have emptied the address and so removed its set.
    open.set(address, (open.get(address) ?? siblings).add(peer));
    total += 1;
    const timer = setTimeout(() => socket.destroy(), options.timeoutMs);
    socket.on('close', () => {
      clearTimeout(timer);
      forget(peer);
    });
    let received = 0;
    socket.on('data', (data) => {
      received += data.length;
      if (received > maxReceivedBytes) socket.destroy();
    });
    options.respond((text) => {
      if (socket.destroyed) return;
      const handedOver = (): void => {
        if (!socket.destroyed) answered.add(peer);
      };
      socket.end(text, handedOver);
      // Usually the kernel took it all at once; the callback would come after the other clients of this turn.
      if (socket.writableLength === 0) handedOver();
    });
  });
  return {
    listener,
    stop() {
      listener.close();
      for (const { socket } of answered) socket.destroy();
    },
  };
}

/** One home or one host has a whole /64 of IPv6 addresses, so they count as one. */
function addressKey(address: string): string {
  return bytesOfAddress(address).slice(0, 8).join('.');
}
