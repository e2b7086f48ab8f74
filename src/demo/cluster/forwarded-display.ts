import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Connection, X11Info } from 'ssh2';
import { errorCode } from '../../shared/errors.js';
import { xauthorityRecord } from '../xauthority-record.js';

/** The X11 protocol's TCP port of display 0. */
const firstPort = 6_000;
/** sshd's X11DisplayOffset, and as many displays as it tries. */
const numbers = { from: 10, to: 1_000 } as const;

/** A display on the server's side that is the client's display. */
export interface ForwardedDisplay {
  /** For DISPLAY. */
  readonly display: string;
  /** For XAUTHORITY: the file with the cookie that the client sent. */
  readonly xauthority: string;
  /** Ends every connection to it, and removes the file. */
  close(): Promise<void>;
}

export interface ForwardedDisplayOptions {
  /** The ssh connection that the display belongs to. */
  readonly client: Connection;
  /** What the client asked for (RFC 4254 section 6.3.1). */
  readonly request: X11Info;
  /** Address of the server. */
  readonly address: string;
  /** A private folder. */
  readonly folder: string;
}

/** Listens as sshd does: on TCP, from display 10 up; each connection becomes a channel to the client. */
export async function openForwardedDisplay(options: ForwardedDisplayOptions): Promise<ForwardedDisplay> {
  const { client, request, address } = options;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    forward(client, socket);
    if (request.single) server.close();
  });
  const number = await listen(server, address);
  const folder = await mkdtemp(join(options.folder, 'display-'));
  const xauthority = join(folder, 'authority');
  // Its type says string; ssh2 1.17 gives the bytes, which are hex digits.
  const cookie = Buffer.from(String(request.cookie), 'hex');
  const record = xauthorityRecord(String(number), request.protocol, cookie);
  await writeFile(xauthority, record, { mode: 0o600 });
  return {
    display: `${address}:${number}.${request.screen}`,
    xauthority,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server, address: string): Promise<number> {
  for (let number = numbers.from; number <= numbers.to; number += 1) {
    try {
      server.listen(firstPort + number, address);
      await once(server, 'listening');
      return number;
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`every display from ${numbers.from} to ${numbers.to} is taken on ${address}`);
}

/** Joins one X client and the ssh client's display; each direction waits for the slower end. */
function forward(client: Connection, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  client.x11(socket.remoteAddress ?? '127.0.0.1', socket.remotePort ?? 0, (error, channel) => {
    if (error) {
      socket.destroy();
      return;
    }
    channel.on('error', () => socket.destroy());
    channel.once('close', () => socket.destroySoon());
    socket.once('close', () => channel.close());
    socket.pipe(channel);
    channel.pipe(socket);
  });
}
