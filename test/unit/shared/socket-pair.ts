import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connectKept } from '../../../src/shared/kept-reads.js';

export interface SocketPair {
  /** Made by `connectKept`. */
  readonly near: Socket;
  readonly far: Socket;
  end(): void;
}

export async function socketPair(): Promise<SocketPair> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connectKept({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true });
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
  for (const socket of [near, far]) socket.on('error', () => undefined);
  return {
    near,
    far,
    end() {
      near.destroy();
      far.destroy();
      server.close();
    },
  };
}
