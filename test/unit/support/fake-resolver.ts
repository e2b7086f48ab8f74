import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import * as dns from 'dns-packet';

/** What a resolver on loopback answers, over UDP, and also over TCP if given. */
interface Script {
  readonly udp: (query: dns.DecodedPacket) => readonly Buffer[];
  readonly tcp?: (query: dns.DecodedPacket) => Buffer;
}

const open: (Socket | Server)[] = [];

/** For afterEach. */
export function closeResolvers(): void {
  for (const one of open.splice(0)) one.close();
}

export async function resolver({
  udp,
  tcp,
}: Script): Promise<{ address: string; port: number; heard: dns.DecodedPacket[] }> {
  const heard: dns.DecodedPacket[] = [];
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.on('data', (data) => connection.end(tcp?.(dns.decode(data.subarray(2))) ?? ''));
  });
  const socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (message, from) => {
    const query = dns.decode(message);
    heard.push(query);
    for (const answer of udp(query)) socket.send(answer, from.port, from.address);
  });
  const port = await listenOnBoth(server, socket);
  if (tcp) open.push(server);
  else server.close();
  return { address: '127.0.0.1', port, heard };
}

/** On one port, which another test that runs at the same time may have taken for itself in the meantime. */
async function listenOnBoth(server: Server, socket: Socket): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const isBound = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    socket.removeAllListeners('error');
    if (isBound) return port;
    await new Promise((resolve) => server.close(resolve));
  }
}

export const srv = (name: string, target: string): dns.Answer => ({
  type: 'SRV',
  name,
  ttl: 1,
  class: 'IN',
  data: { priority: 1, weight: 2, port: 22, target },
});
export const cname = (name: string, data: string): dns.Answer => ({ type: 'CNAME', name, ttl: 1, class: 'IN', data });
export const reply = (query: dns.Packet, answers: dns.Answer[], flags = 0): Buffer =>
  dns.encode({ type: 'response', id: query.id, flags, questions: query.questions, answers } as dns.Packet);
export const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};
