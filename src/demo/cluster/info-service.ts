import { once } from 'node:events';
import { createServer } from 'node:net';
import { formatServerInfo, type ServerInfo } from '../../protocol/info-service.js';

/** A listener on its own port. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Closes it, and every connection to it. */
  close(): Promise<void>;
}

export interface InfoServiceOptions {
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
  /** The current answer. */
  readonly info: () => ServerInfo;
}

/**
 * An info service like ldminfod: sends its answer to each client and closes the connection.
 * @throws the error of the system, such as EADDRINUSE
 */
export async function startInfoService(options: InfoServiceOptions): Promise<Listening> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Input is read and discarded, so that its end is noticed.
    socket.resume();
    socket.end(formatServerInfo(options.info()));
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const sockets = new Set<{ destroy(): void }>();
  server.listen(options.port, options.address);
  await once(server, 'listening');
  return {
    address: options.address,
    port: portOf(server),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** @param server listens on TCP */
export function portOf(server: { address(): string | { readonly port: number } | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('internal error: the server does not listen on a port');
  return address.port;
}
