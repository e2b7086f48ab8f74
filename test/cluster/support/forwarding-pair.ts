import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientChannel, Server, type ServerChannel, utils, type X11Info } from 'ssh2';
import { forwardX11, type X11Forwarding, type X11ForwardingOptions } from '../../../src/session/x11/forwarding.js';
import type { Log } from '../../../src/shared/log/log.js';

const closedChannels = new WeakSet<object>();

/** Whether a socket, or a channel of the embedded server, has closed; channels of ssh2 do not report it later. */
export function isClosed(stream: Socket | ServerChannel): boolean {
  return stream.closed || closedChannels.has(stream);
}

/** A client with X11 forwarded, and the embedded SSH server on the other side of it. */
export interface ForwardingPair {
  readonly client: Client;
  /** The TCP connection below the client. */
  readonly wire: Socket;
  readonly forwarding: X11Forwarding;
  /** The command that the forwarding belongs to. It ends when told to, or with the pair. */
  readonly command: ClientChannel;
  /** What the server was asked for. */
  readonly asked: X11Info;
  /** What the forwarding logged: levels, events and reasons. */
  readonly logged: string[];
  /** An X client on the server connects; rejects where the client does not take the connection. */
  open(): Promise<ServerChannel>;
  /** Runs a second command that says `alive`. */
  isAlive(): Promise<boolean>;
  /** A TCP port of loopback that leads into the forwarding, as sshd makes one; gives its display number. */
  listen(): Promise<number>;
  end(): Promise<void>;
}

export async function startForwardingPair(options: Omit<X11ForwardingOptions, 'log'>): Promise<ForwardingPair> {
  const logged: string[] = [];
  const note =
    (level: string) =>
    (event: string, details?: object): void =>
      void logged.push(`${level} ${event} ${JSON.stringify(details ?? {})}`);
  const log: Log = { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') };
  const forwarding = forwardX11({ ...options, log });

  // Not ed25519: one of 200 that ssh2 makes is one that it cannot read.
  const hostKey = utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const listeners: NetServer[] = [];
  let asked: X11Info | undefined;
  let open: ForwardingPair['open'] = () => Promise.reject(new Error('no session'));
  const server = new Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => context.accept());
    connection.on('session', (accept) => {
      const session = accept();
      session.on('x11', (accept, _reject, info) => {
        // The cookie comes as bytes, whatever the types say.
        asked = { ...info, cookie: Buffer.from(info.cookie).toString('latin1') };
        accept?.();
      });
      session.on('exec', (accept, _reject, { command }) => {
        const channel = accept();
        if (command !== 'alive') return;
        channel.write('alive');
        channel.exit(0);
        channel.end();
      });
    });
    open = () =>
      new Promise((resolve, reject) => {
        connection.x11('127.0.0.1', 1, (error, channel) => {
          if (error) return reject(error);
          channel.on('close', () => closedChannels.add(channel));
          return resolve(channel);
        });
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const client = new Client();
  const wire = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.connect({ sock: wire, username: 'user', password: 'word' });
  await once(client, 'ready');
  client.setNoDelay(true);
  client.on('x11', (details, accept, reject) => forwarding.accept(details, accept, reject));
  const command = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec('desktop', { x11: forwarding.request }, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
  if (!asked) throw new Error('the server was not asked for X11');

  return {
    client,
    wire,
    forwarding,
    command,
    asked,
    logged,
    open: () => open(),
    isAlive: () =>
      new Promise((resolve) => {
        client.exec('alive', (error, channel) => {
          if (error) return resolve(false);
          return channel.once('data', () => resolve(true)).once('close', () => resolve(false));
        });
      }),
    async listen() {
      const listener = createServer({ noDelay: true }, (socket) => {
        socket.on('error', () => undefined);
        open().then(
          (channel) => {
            channel.on('error', () => undefined);
            channel.on('close', () => socket.destroySoon());
            socket.pipe(channel).pipe(socket);
          },
          () => socket.destroy(),
        );
      });
      listeners.push(listener);
      for (let number = 20; ; number++) {
        try {
          listener.listen(6_000 + number, '127.0.0.1');
          await once(listener, 'listening');
          return number;
        } catch (error) {
          if (number > 200) throw error;
        }
      }
    },
    async end() {
      forwarding.close();
      wire.destroy();
      for (const listener of [...listeners, server]) await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** A display of the test's own: a socket that takes connections and leaves all else to the test. */
export interface TestDisplay {
  readonly display: X11ForwardingOptions['display'];
  readonly connections: Socket[];
  /** The n-th connection, as soon as it is there. */
  connection(index: number): Promise<Socket>;
  end(): Promise<void>;
}

export async function startTestDisplay(): Promise<TestDisplay> {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-display-'));
  const path = join(folder, 'X0');
  const connections: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    connections.push(socket);
    server.emit('taken');
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    display: { socket: { path }, number: 0, screen: 0 },
    connections,
    async connection(index) {
      for (;;) {
        const socket = connections[index];
        if (socket) return socket;
        await once(server, 'taken');
      }
    },
    async end() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
