import { createServer, type Server, type Socket } from 'node:net';
import { bytesOfAddress } from '../shared/ip-address.js';
import type { Log } from './log.js';

export interface InfoServerOptions {
  /** Gives the text of one answer, immediately where possible. */
  readonly respond: (send: (text: string) => void) => void;
  /** Open connections, of all clients together. */
  readonly maxConnections: number;
  /** Open connections from one address. */
  readonly maxPerAddress: number;
  /** ms that one connection may stay open. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** A client that sends more than this many bytes is disconnected. Nothing of it is used. */
const maxReceivedBytes = 64 * 1024;

export interface InfoServer {
  /** Not listening yet. */
  readonly listener: Server;
  /** Accepts no new clients and disconnects those that have their answer. The others still get theirs. */
  stop(): void;
}

interface Peer {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * The listener. It writes the answer as soon as a client connects. The answer fits into the kernel's buffer, so the client
 * is served then, whether it reads or not. The connection stays open until the client closes its side, since closing on
 * unread input would make the kernel drop the answer. Above a limit, the oldest answered connection is closed to make
 * room; a client that still waits for its answer is never disconnected. So a flood of clients that do not read costs a
 * bounded number of sockets and keeps no other client out.
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
    // Looked up again, because makeRoom may have removed the set of this address.
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
      // Usually the kernel has taken everything already, and the callback would come after the other clients of this turn.
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

/** A single host can use a whole /64 of IPv6 addresses, so they count as one address. */
function addressKey(address: string): string {
  return bytesOfAddress(address).slice(0, 8).join('.');
}
