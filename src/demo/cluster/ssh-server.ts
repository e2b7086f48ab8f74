import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Log } from '../../shared/log.js';
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
  /** Shown by the client before the sign-in is over. */
  readonly banner: string | undefined;
  readonly desktop: Desktop;
  /** A private folder for the cookies of its sessions. */
  readonly folder: string;
  readonly log: Log;
}

export interface SshServer extends Listening {
  /** Its host key as it stands in a known_hosts file, behind the host. */
  readonly hostKey: string;
  /** Desktops that run on it. */
  sessions(): number;
}

/**
 * An SSH server that lives in this process: its own host key, its own users, and one fixed desktop with X11 forwarded.
 * It runs nothing that a client names, and serves only the user who runs it.
 * @throws the system's error, such as EADDRINUSE
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
    // Until ssh2 listens itself.
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
