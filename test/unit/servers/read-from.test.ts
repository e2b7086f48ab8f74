import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ReadRequest, readFrom } from '../../../src/servers/read-from.js';
import { checkSsh } from '../../../src/servers/ssh-check.js';
import { address } from '../../support/statuses.js';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function serverThat(does: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    does(socket);
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      resolve(place !== null && typeof place === 'object' ? place.port : 0);
    });
  });
}
const read = (port: number, more: Partial<ReadRequest> = {}) =>
  readFrom({
    host: '127.0.0.1',
    port,
    limit: 1_000,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  });
const from = '127.0.0.1';

describe('reading from a port', () => {
  it('takes the text to its end', async () => {
    const port = await serverThat((socket) => socket.end('a\nb'));
    expect(await read(port)).toEqual({ kind: 'text', text: 'a\nb', address: from });
  });

  it('ends when the text is enough, and closes the connection', async () => {
    const port = await serverThat((socket) => socket.write('a\nb\nrest'));
    expect(await read(port, { enough: /^b$/m })).toMatchObject({ kind: 'text', text: 'a\nb\nrest' });
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  });

  it('takes whole lines up to the limit', async () => {
    const port = await serverThat((socket) => socket.write('12345\n6789'));
    expect(await read(port, { limit: 8 })).toMatchObject({ kind: 'text', text: '12345\n' });
    expect(await read(port, { limit: 6 })).toMatchObject({ kind: 'text', text: '12345\n' });
    expect(await read(port, { limit: 3 })).toMatchObject({ kind: 'text', text: '' });
  });

  it('takes what came before a reset', async () => {
    const port = await serverThat((socket) =>
      socket.write('a\n', () => setTimeout(() => socket.resetAndDestroy(), 50)),
    );
    expect(await read(port)).toMatchObject({ kind: 'text', text: 'a\n' });
  });

  it('times out on a silent server, and says that it was connected', async () => {
    const port = await serverThat(() => {});
    expect(await read(port, { timeoutMs: 100 })).toEqual({ kind: 'timeout', address: from, connected: true });
  });

  it('ends with its signal', async () => {
    const port = await serverThat(() => {});
    const end = new AbortController();
    const reading = read(port, { signal: end.signal });
    await expect.poll(() => sockets.length).toBe(1);
    end.abort();
    expect(await reading).toMatchObject({ kind: 'timeout' });
    expect(await read(port, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'dns-failed', connected: false });
  });

  it('says that a closed port refuses', async () => {
    const port = await serverThat(() => {});
    await new Promise((resolve) => servers[0]?.close(resolve));
    const attempts: string[] = [];
    expect(await read(port, { onAttempt: (attempt) => attempts.push(attempt) })).toEqual({
      kind: 'refused',
      address: from,
      connected: false,
    });
    expect(attempts).toEqual([from]);
  });
});

describe('a check of an ssh port', () => {
  const check = async (text: string, isOpen = false) => {
    const port = await serverThat((socket) => (isOpen ? socket.write(text) : socket.end(text)));
    const signal = new AbortController().signal;
    return checkSsh({ ...address(from), port }, { timeoutMs: 300, signal });
  };

  it('finds a banner, also behind other lines and on an open connection', async () => {
    expect(await check('SSH-2.0-OpenSSH_9.9\r\n', true)).toEqual({ kind: 'answers', address: from });
    expect(await check('Welcome\r\nSSH-2.0-x\r\n')).toEqual({ kind: 'answers', address: from });
  });

  it.each([
    ['nothing', '', 'ssh-silent'],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n', 'ssh-silent'],
    ['an old protocol', 'SSH-1.5-x\r\n', 'ssh-silent'],
    ['MaxStartups', 'Exceeded MaxStartups\r\n', 'busy'],
    ['penalties', 'Not allowed at this time\r\n', 'turned-away'],
  ])('calls a server with %s %s', async (_what, text, reason) => {
    expect(await check(text)).toEqual({ kind: 'down', reason, address: from });
  });

  it('tells a silent ssh port from a silent host', async () => {
    expect(await check('', true)).toEqual({ kind: 'down', reason: 'ssh-silent', address: from });
  });
});
