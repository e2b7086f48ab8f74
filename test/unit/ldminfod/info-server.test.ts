import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createInfoServer, type InfoServer } from '../../../src/ldminfod/info-server.js';
import { createLog } from '../../../src/ldminfod/log.js';

const open: Socket[] = [];
let server: InfoServer | undefined;
let waiting: ((text: string) => void)[];
let logged: string[];
/** Client ports of the connections that the server has closed. A client with a half-open connection does not notice. */
let closedPorts: Set<number | undefined>;
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
  server?.stop();
});

async function serve(limits: Partial<Parameters<typeof createInfoServer>[0]> = {}): Promise<number> {
  waiting = [];
  logged = [];
  closedPorts = new Set();
  const one = createInfoServer({
    respond: (send) => send('rating:1\n'),
    maxConnections: 100,
    maxPerAddress: 100,
    timeoutMs: 60_000,
    log: createLog((line) => logged.push(line), Date.now),
    ...limits,
  });
  server = one;
  one.listener.on('connection', (socket) => {
    const { remotePort } = socket;
    socket.on('close', () => closedPorts.add(remotePort));
  });
  return new Promise((resolve) => {
    one.listener.listen(0, '127.0.0.1', () => {
      const place = one.listener.address();
      resolve(place !== null && typeof place === 'object' ? place.port : 0);
    });
  });
}

/** A client that keeps its side open, what it has read, and whether the server has closed the connection. */
async function client(port: number, localAddress = '127.0.0.1') {
  const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true });
  open.push(socket);
  let localPort: number | undefined;
  const seen = {
    text: '',
    get closed() {
      return closedPorts.has(localPort);
    },
  };
  socket.on('error', () => {});
  socket.on('data', (data) => {
    seen.text += data.toString();
  });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  localPort = socket.localPort;
  return { socket, seen };
}
const later = (send: (text: string) => void): void => void waiting.push(send);

describe('the info server', () => {
  it('answers without a question, and leaves the connection open until the client closes it', async () => {
    const port = await serve();
    const { socket, seen } = await client(port);
    await expect.poll(() => seen.text).toBe('rating:1\n');
    expect(seen.closed).toBe(false);
    socket.end();
    await expect.poll(() => seen.closed).toBe(true);
  });

  it('closes the oldest answered connection of an address over its limit', async () => {
    const port = await serve({ maxPerAddress: 2 });
    const [a, b] = [await client(port), await client(port)];
    await expect.poll(() => a.seen.text + b.seen.text).toBe('rating:1\n'.repeat(2));
    const c = await client(port);
    await expect.poll(() => [a.seen.closed, c.seen.text]).toEqual([true, 'rating:1\n']);
    expect(b.seen.closed).toBe(false);
  });

  it('closes the oldest answered connection of all over the limit of all', async () => {
    const port = await serve({ maxConnections: 2 });
    const a = await client(port, '127.0.0.2');
    await expect.poll(() => a.seen.text).toBe('rating:1\n');
    const b = await client(port, '127.0.0.3');
    await expect.poll(() => b.seen.text).toBe('rating:1\n');
    const c = await client(port, '127.0.0.4');
    await expect.poll(() => [a.seen.closed, c.seen.text]).toEqual([true, 'rating:1\n']);
    expect(b.seen.closed).toBe(false);
  });

  it('refuses a new client rather than one that waits for its answer', async () => {
    const port = await serve({ maxPerAddress: 1, respond: later });
    const a = await client(port);
    await expect.poll(() => waiting.length).toBe(1);
    const b = await client(port);
    await expect.poll(() => b.seen.closed).toBe(true);
    expect(logged.join('')).toContain('too-many-connections address=127.0.0.1');
    waiting[0]?.('late\n');
    await expect.poll(() => a.seen.text).toBe('late\n');
  });

  it('closes a connection after its time, and one that sends too much', async () => {
    const port = await serve({ timeoutMs: 100 });
    const { seen } = await client(port);
    await expect.poll(() => seen.closed).toBe(true);
    server?.stop();
    const other = await serve();
    const talkative = await client(other);
    talkative.socket.write(Buffer.alloc(200 * 1024));
    await expect.poll(() => talkative.seen.closed).toBe(true);
  });

  it('that stops closes answered connections, and still answers the others', async () => {
    const port = await serve({ respond: later });
    const [a, b] = [await client(port), await client(port)];
    await expect.poll(() => waiting.length).toBe(2);
    waiting[0]?.('first\n');
    await expect.poll(() => a.seen.text + b.seen.text).toBe('first\n');
    server?.stop();
    await expect.poll(() => [a.seen.closed, b.seen.closed].filter(Boolean)).toHaveLength(1);
    waiting[1]?.('second\n');
    await expect.poll(() => [a.seen.text, b.seen.text].sort()).toEqual(['first\n', 'second\n']);
  });
});
