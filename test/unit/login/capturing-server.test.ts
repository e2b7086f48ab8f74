import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { logIn } from '../../../src/login/login.js';
import { Secret } from '../../../src/shared/secret.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';

/** A server with a wrong key that stands first, and writes down everything; the right one stands second. */
const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const publicOf = (pem: string): string => {
  const key = ssh2.utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return `ssh-rsa ${key.getPublicSSH().toString('base64')}`;
};
const logins = 200;
const atOnce = 10;

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing.splice(0)) close();
});

interface Seen {
  /** What each connection received, byte for byte. */
  readonly streams: Buffer[];
  /** What its ssh made of that. */
  readonly events: string[];
}

async function serve(pem: string, mischief: (connection: Connection) => void = () => {}) {
  const seen: Seen = { streams: [], events: [] };
  const ssh = new ssh2.Server({ hostKeys: [pem] }, (connection) => {
    connection.on('error', () => {});
    for (const event of ['handshake', 'ready', 'session', 'request'] as const) {
      connection.on(event as 'ready', () => seen.events.push(event));
    }
    connection.on('authentication', (context) => {
      seen.events.push(`${context.username} ${context.method}`);
      if (context.method === 'password' && context.password === `password of ${context.username}`) context.accept();
      else context.reject(['password']);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (start) => {
        const channel = start();
        channel.exit(0);
        channel.end();
      });
    });
    mischief(connection);
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const index = seen.streams.push(Buffer.alloc(0)) - 1;
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    socket.on('data', (data) => {
      seen.streams[index] = Buffer.concat([seen.streams[index] ?? Buffer.alloc(0), data]);
    });
    ssh.injectSocket(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { seen, port: (server.address() as { port: number }).port };
}

/** Encrypts and asks for sign-ins right behind its key, without waiting for the client's half of the exchange. */
function hurry(connection: Connection): void {
  interface Kex {
    finish(half?: boolean): void;
  }
  const protocol = (connection as unknown as { _protocol: { _kex: Kex; serviceAccept(name: string): void } })._protocol;
  let kex = protocol._kex;
  Object.defineProperty(protocol, '_kex', {
    get: () => kex,
    set(next: Kex) {
      kex = next;
      const finish = next.finish.bind(next);
      next.finish = () => {
        finish();
        next.finish(true);
        next.finish();
        protocol.serviceAccept('ssh-userauth');
      };
    },
  });
}

/** The types of the packets in a stream that never got to encryption (RFC 4253 section 6). */
function packetTypes(stream: Buffer): number[] {
  const types: number[] = [];
  for (let at = stream.indexOf('\n') + 1; at > 0 && at + 6 <= stream.length; at += 4 + stream.readUInt32BE(at)) {
    types.push(stream.readUInt8(at + 5));
  }
  return types;
}

async function logInMany(first: number, second: number, rightKey: string): Promise<string[]> {
  const known = [first, second].map((port) => `[127.0.0.1]:${port} ${publicOf(rightKey)}`);
  const environment = { LDM_SERVER: `127.0.0.1:${first} 127.0.0.1:${second}`, LDM_BALANCE: 'listed' };
  const login = async (number: number): Promise<string> => {
    const dependencies = loginDependenciesFor(environment, known);
    const user = `user-${number}`;
    const outcome = await logIn(
      {
        user,
        password: new Secret(`password of ${user}`),
        choice: { mode: 'automatic' },
        command: { line: 'true', input: undefined },
      },
      dependencies,
      { tell: () => {}, ask: async () => new Secret(`answer of ${user}`), mayGoOn: async () => false },
      new AbortController().signal,
    );
    if (outcome.kind !== 'started') return outcome.kind;
    outcome.session.channel.resume();
    await outcome.session.ended;
    return outcome.server;
  };
  const ended: string[] = [];
  for (let number = 0; number < logins; number += atOnce) {
    ended.push(...(await Promise.all(Array.from({ length: atOnce }, (_, i) => login(number + i)))));
  }
  return ended;
}

describe('a server with a wrong key that stands first', () => {
  const rightKey = newKey();

  it.each([
    ['waits its turn', undefined],
    ['asks for sign-ins at once', hurry],
  ])(
    `and ${'%s'} receives no byte of a user name or password in ${logins} logins`,
    async (_, mischief) => {
      const capturing = await serve(newKey(), mischief);
      const right = await serve(rightKey);
      expect(new Set(await logInMany(capturing.port, right.port, rightKey))).toEqual(
        new Set([`127.0.0.1:${right.port}`]),
      );
      const { streams, events } = capturing.seen;
      // It was asked, and every one of the logins tried it first.
      const spoken = streams.filter((stream) => stream.length > 0);
      expect(spoken.length).toBeGreaterThanOrEqual(logins);
      expect(events.filter((event) => event !== 'handshake')).toEqual([]);
      const all = Buffer.concat(streams);
      for (const text of ['user-', 'password of', 'answer of', 'ssh-userauth', 'ssh-connection']) {
        expect(all.includes(text), text).toBe(false);
      }
      // DISCONNECT, KEXINIT, KEXDH_INIT: nothing that stands behind a key exchange.
      expect(new Set(spoken.flatMap(packetTypes))).toEqual(new Set([1, 20, 30]));
      // Each user and password has come to the right one.
      expect(right.seen.events.filter((event) => event.endsWith(' password')).length).toBe(logins);
    },
    120_000,
  );
});
