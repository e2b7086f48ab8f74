import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probe } from '../../src/servers/probe.js';
import { parseServerAddress, type ServerAddress } from '../../src/settings/server-address.js';

/** Real services on loopback. Each test has an address of its own, so that ports stay free. */
const services: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of services.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  services.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function closedPort(): Promise<number> {
  const port = await listen(() => {});
  const last = services.pop();
  await new Promise((resolve) => last?.server.close(resolve));
  return port;
}

function at(port: number, host = '127.0.0.1'): ServerAddress {
  const server = parseServerAddress(`${host}:${port}`, 22);
  if (!server) throw new Error('not an address');
  return server;
}

const ask = (ssh: number, infoPort: number, timeoutMs = 1_000) => probe(at(ssh), { infoPort, timeoutMs });
const sshd = () => listen((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));

describe('asking one server', () => {
  it('reads what its info service says, without a word of our own', async () => {
    let heard = 0;
    const info = await listen((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.length;
      });
      socket.end('rating:73\nsessions:4\n');
    });
    const result = await ask(await closedPort(), info);
    expect(result).toMatchObject({ kind: 'info', address: '127.0.0.1', info: { rating: 73, running: 4 } });
    expect(heard).toBe(0);
  });

  it('looks at the ssh port where no info service is', async () => {
    expect(await ask(await sshd(), await closedPort())).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('looks at the ssh port where an info service says nothing, as inetd does past its limit', async () => {
    const info = await listen((socket) => socket.end());
    expect(await ask(await sshd(), info)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('looks at the ssh port where something else answers', async () => {
    const info = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await ask(await sshd(), info)).toEqual({ kind: 'ssh-only', address: '127.0.0.1' });
  });

  it('never touches the ssh port of a server whose info service answers', async () => {
    let touched = 0;
    const ssh = await listen(() => {
      touched += 1;
    });
    await ask(ssh, await listen((socket) => socket.end('rating:1\n')));
    expect(touched).toBe(0);
  });

  it('says that both ports refuse', async () => {
    expect(await ask(await closedPort(), await closedPort())).toMatchObject({ kind: 'down', reason: 'refused' });
  });

  it('says that the ssh port takes connections without a word', async () => {
    const mute = await listen(() => {});
    expect(await ask(mute, await closedPort(), 200)).toMatchObject({ kind: 'down', reason: 'ssh-silent' });
    const rude = await listen((socket) => socket.end('go away\n'));
    expect(await ask(rude, await closedPort(), 1_000)).toMatchObject({ kind: 'down', reason: 'ssh-silent' });
  });

  it('says that an info service is silent, within the timeout', async () => {
    const began = performance.now();
    const result = await ask(await sshd(), await listen(() => {}), 200);
    expect(result).toEqual({ kind: 'down', reason: 'silent', address: '127.0.0.1' });
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('does not wait for an answer that drips', async () => {
    const info = await listen((socket) => {
      const timer = setInterval(() => socket.write('r'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await ask(await sshd(), info, 200)).toMatchObject({ kind: 'down', reason: 'silent' });
  });

  it('takes 64 KiB of an endless answer and no more', async () => {
    let sent = 0;
    const info = await listen((socket) => {
      socket.write('rating:50\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write('language:xx_XX.UTF-8\n'.repeat(1_000))) sent += 21_000;
      };
      socket.on('drain', more);
      more();
    });
    const result = await ask(await closedPort(), info);
    expect(result).toMatchObject({ kind: 'info', info: { rating: 50 } });
    expect(result.kind === 'info' && result.info.languages.every((one) => one === 'xx_XX.UTF-8')).toBe(true);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('believes an info service that says its sshd is down', async () => {
    const info = await listen((socket) => socket.end('rating:90\nssh:down\n'));
    expect(await ask(await sshd(), info)).toMatchObject({ kind: 'down', reason: 'ssh-down' });
  });

  it('says that a name has no address', async () => {
    const result = await probe(at(22, 'no-such-host.invalid'), { infoPort: 1, timeoutMs: 5_000 });
    expect(result).toEqual({ kind: 'down', reason: 'unresolvable', address: null });
  });

  it('finds a server by its name through the system resolver', async () => {
    const port = await listen((socket) => socket.end('rating:5\n'));
    const result = await probe(at(port, 'localhost'), { infoPort: port, timeoutMs: 5_000 });
    expect(result).toMatchObject({ kind: 'info', info: { rating: 5 } });
  });
});
