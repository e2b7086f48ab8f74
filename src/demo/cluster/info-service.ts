import { once } from 'node:events';
import { createServer } from 'node:net';
import { formatServerInfo, type ServerInfo } from '../../protocol/info-service.js';

/** Something that listens on a port of its own. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Ends it, and every connection to it. */
  close(): Promise<void>;
}

export interface InfoServiceOptions {
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
  /** What it tells at this moment. */
  readonly info: () => ServerInfo;
}

/**
 * An info service as ldminfod is one: tells whoever connects and hangs up.
 * @throws the system's error, such as EADDRINUSE
 */
export async function startInfoService(options: InfoServiceOptions): Promise<Listening> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // What the other side says is read away, so that its end is seen.
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
  if (address === null || typeof address === 'string') throw new Error('listens on no port');
  return address.port;
}
