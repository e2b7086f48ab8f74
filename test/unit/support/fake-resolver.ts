import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as dns from 'dns-packet';

/** What a resolver on loopback answers, over UDP, and also over TCP if given. */
interface Script {
  readonly udp: (query: dns.DecodedPacket) => readonly Buffer[];
  /** Several pieces come one after the other, and the connection stays open. */
  readonly tcp?: (query: dns.DecodedPacket) => Buffer | readonly Buffer[];
}

const open: (Socket | Server)[] = [];

/** For afterEach. */
export function closeResolvers(): void {
  for (const one of open.splice(0)) one.close();
}

export async function resolver({
  udp,
  tcp,
}: Script): Promise<{ address: string; port: number; heard: dns.DecodedPacket[]; overTcp: dns.DecodedPacket[] }> {
  const heard: dns.DecodedPacket[] = [];
  const overTcp: dns.DecodedPacket[] = [];
  const server = createServer((connection) => {
    connection.on('error', () => {}).setNoDelay();
    connection.on('data', async (data) => {
      if (tcp === undefined || data.readUInt16BE(0) !== data.length - 2) return void connection.destroy();
      const query = dns.decode(data.subarray(2));
      overTcp.push(query);
      const answer = tcp(query);
      if (Buffer.isBuffer(answer)) return void connection.end(answer);
      for (const piece of answer) {
        connection.write(piece);
        await sleep(1);
      }
    });
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
  return { address: '127.0.0.1', port, heard, overTcp };
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

/** Aborts after so many ms in which this process has run. On a busy machine, an answer over loopback may take longer. */
export function patience(ms: number): AbortSignal {
  const end = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    if (10 * turns < ms) return;
    clearInterval(timer);
    end.abort();
  }, 10);
  return end.signal;
}

export const srv = (name: string, target: string, more: Partial<dns.SrvData> = {}): dns.Answer => ({
  type: 'SRV',
  name,
  ttl: 1,
  class: 'IN',
  data: { priority: 1, weight: 2, port: 22, target, ...more },
});
export const cname = (name: string, data: string): dns.Answer => ({ type: 'CNAME', name, ttl: 1, class: 'IN', data });
export const reply = (query: dns.Packet, answers: dns.Answer[], flags = 0): Buffer =>
  dns.encode({ type: 'response', id: query.id, flags, questions: query.questions, answers } as dns.Packet);
export const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};
