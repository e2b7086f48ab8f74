import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Log } from '../../shared/log/log.js';
import type { DemoUser } from '../scenarios.js';
import type { Desktop } from './desktop.js';
import { newHostKey } from './host-key.js';
import { type Listening, portOf } from './info-service.js';
import { isOwnConnection, readConnections } from './peer.js';
import { signIn } from './sign-in.js';
import { serveSession } from './ssh-session.js';

export interface SshServerOptions {
  readonly address: string;
  /** 0: any free one */
  readonly port: number;
  readonly users: readonly DemoUser[];
  /** The client shows it before the login. */
  readonly banner: string | undefined;
  readonly desktop: Desktop;
  /** A private directory for the cookies of its sessions. */
  readonly folder: string;
  readonly log: Log;
}

export interface SshServer extends Listening {
  /** Its host key, as in a known_hosts file after the host. */
  readonly hostKey: string;
  /** Number of running desktops. */
  sessions(): number;
}

/**
 * An SSH server in this process, with its own host key, its own users, and one fixed desktop with X11 forwarding. It runs
 * no commands of clients, and accepts only connections of the user who runs the demo.
 * @throws the error of the system, such as EADDRINUSE
 */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const { address, log } = options;
  const key = newHostKey();
  const desktops = new Set<() => Promise<void>>();
  // Node finds no named export `Server` in this CommonJS package.
  const ssh = new ssh2.Server(
    { hostKeys: [key.private], ident: 'ldm-demo', ...(options.banner && { banner: options.banner }) },
    (connection) => {
      connection.on('error', (error) =>
        log.debug('demo-connection-failed', { server: address, problem: error.message }),
      );
      signIn(connection, options.users);
      connection.on('session', (accept) => serveSession(accept(), { ...options, connection, desktops }));
    },
  );
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Until ssh2 adds its own listener.
    socket.on('error', () => socket.destroy());
    void isOwn(socket).then((own) => {
      if (own) {
        ssh.injectSocket(socket);
        return;
      }
      log.warn('demo-client-rejected', { server: address });
      socket.destroy();
    });
  });
  listener.listen(options.port, address);
  await once(listener, 'listening');
  return {
    address,
    port: portOf(listener),
    hostKey: key.public.split(' ', 2).join(' '),
    sessions: () => desktops.size,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      await Promise.all([...desktops].map((end) => end()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function isOwn(socket: Socket): Promise<boolean> {
  const table = await readConnections().catch(() => '');
  return isOwnConnection(socket, table, process.getuid?.() ?? 0);
}
