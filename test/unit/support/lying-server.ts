import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerConfig } from 'ssh2';
import { portOf } from '../../../src/demo/cluster/info-service.js';
import { testHostKey } from './host-key.js';

/** What a lie is told with: the packets of RFC 4254, sent in any state and with any content. */
export interface Liar {
  /** The client's number of its session channel. */
  readonly channel: number;
  readonly socket: Socket;
  /** The server's public key, as it is on the wire. */
  readonly hostKey: Buffer;
  data(bytes: Buffer): void;
  errorText(bytes: Buffer): void;
  endOfFile(): void;
  growWindow(bytes: number): void;
  /** A packet of its own, message number first. */
  packet(payload: Buffer): void;
  /** Ends the command as an honest server does. */
  exit(code: number): void;
}

interface ProtocolInside {
  readonly _handlers: Record<string, (protocol: unknown, ...values: unknown[]) => void>;
  _cipher: { encrypt(packet: Buffer): void };
  _packetRW: {
    write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  channelOpenConfirm(remote: number, local: number, window: number, packetSize: number): void;
  channelData(id: number, bytes: Buffer): void;
  channelExtData(id: number, bytes: Buffer, type: number): void;
  channelEOF(id: number): void;
  channelWindowAdjust(id: number, bytes: number): void;
}

export interface LyingServerOptions {
  /** Never says whether it starts the client's command. */
  readonly isSilent?: true;
  /** Told when the client asks for its command. */
  readonly asksCommand?: () => void;
  /** Told when the client's command was accepted. */
  readonly lie?: (liar: Liar) => void;
  /** Told of each global request of the client. */
  readonly asked?: (name: string) => void;
  /** The largest packet that the server says it takes. */
  readonly packetSize?: number;
  readonly algorithms?: ServerConfig['algorithms'];
}

/** A server with a proved key that lets everybody in, and then breaks the protocol. */
export interface LyingServer {
  readonly port: number;
  /** As in a known_hosts file. */
  readonly knownHost: string;
  stop(): void;
}

export async function startLyingServer(options: LyingServerOptions): Promise<LyingServer> {
  const pem = String(testHostKey);
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  const sockets = new Set<Socket>();
  const ssh = new ssh2.Server(
    { hostKeys: [pem], ...(options.algorithms && { algorithms: options.algorithms }) },
    (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => {
        if (context.method === 'password') context.accept();
        else context.reject(['password']);
      });
      connection.once('ready', () => prepare(connection, key.getPublicSSH(), options));
    },
  );
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    ssh.injectSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    knownHost: `[127.0.0.1]:${port} ssh-rsa ${key.getPublicSSH().toString('base64')}\n`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function prepare(
  connection: Connection,
  hostKey: Buffer,
  { lie, asked, asksCommand, packetSize, isSilent }: LyingServerOptions,
): void {
  const inside = connection as unknown as { _protocol: ProtocolInside; _sock: Socket };
  const protocol = inside._protocol;
  const globalRequest = protocol._handlers.GLOBAL_REQUEST;
  protocol._handlers.GLOBAL_REQUEST = (self, name, ...values) => {
    asked?.(String(name));
    globalRequest?.(self, name, ...values);
  };
  if (packetSize !== undefined) {
    const confirm = protocol.channelOpenConfirm.bind(protocol);
    protocol.channelOpenConfirm = (remote, local, window) => confirm(remote, local, window, packetSize);
  }
  connection.on('session', (accept) => {
    accept().on('exec', (start) => {
      asksCommand?.();
      if (isSilent) return;
      const stream = start();
      stream.on('error', () => {});
      const { id } = (stream as unknown as { outgoing: { id: number } }).outgoing;
      lie?.({
        channel: id,
        socket: inside._sock,
        hostKey,
        data: (bytes) => protocol.channelData(id, bytes),
        errorText: (bytes) => protocol.channelExtData(id, bytes, 1),
        endOfFile: () => protocol.channelEOF(id),
        growWindow: (bytes) => protocol.channelWindowAdjust(id, bytes),
        packet(payload) {
          const { write } = protocol._packetRW;
          const packet = write.alloc(payload.length);
          packet.set(payload, write.allocStart);
          protocol._cipher.encrypt(write.finalize(packet));
        },
        exit(code) {
          stream.exit(code);
          stream.end();
        },
      });
    });
  });
}
