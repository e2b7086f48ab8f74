import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { ServerChannel } from 'ssh2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { X11Cookie } from '../../src/session/x11/xauthority.js';
import {
  type ForwardingPair,
  isClosed,
  startForwardingPair,
  startTestDisplay,
  type TestDisplay,
} from './support/forwarding-pair.js';

const mebibyte = 1024 * 1024;
/** ssh2's window of one channel, twice: what was granted while as much lay unread. */
const mostBuffered = 5 * mebibyte;
const real: X11Cookie = { protocol: 'MIT-MAGIC-COOKIE-1', data: Buffer.from('the real secret!') };

let pair: ForwardingPair;
let display: TestDisplay;

async function start(options: { cookie?: X11Cookie; maxClients?: number; setupTimeout?: number } = {}): Promise<void> {
  display = await startTestDisplay();
  pair = await startForwardingPair({ display: display.display, cookie: real, ...options });
}

afterEach(async () => {
  await pair.end();
  await display.end();
});

/** A set-up packet that shows a cookie (in hex). */
function setup(order: 'big' | 'little', cookie: string): Buffer {
  const [high, low] = order === 'big' ? [0, 1] : [1, 0];
  const head = Buffer.alloc(12);
  head[0] = (order === 'big' ? 'B' : 'l').charCodeAt(0);
  head[2 + low] = 11;
  head[6 + low] = 18;
  head[8 + low] = 16;
  head[8 + high] = 0;
  return Buffer.concat([head, Buffer.from('MIT-MAGIC-COOKIE-1\0\0'), Buffer.from(cookie, 'hex')]);
}

/** A client that was let in, and the display's end of its connection with the set-up read. */
async function letIn(): Promise<{ channel: ServerChannel; socket: Socket }> {
  const index = display.connections.length;
  const channel = await pair.open();
  channel.on('error', () => undefined);
  channel.write(setup('little', pair.forwarding.request.cookie));
  const socket = await display.connection(index);
  expect(await read(socket, 48)).toEqual(setup('little', real.data.toString('hex')));
  return { channel, socket };
}

/** Exactly so many bytes of a stream; leaves it paused. */
async function read(stream: Socket | ServerChannel, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = stream.read(length);
    if (bytes) return bytes;
    if (stream.readableEnded) throw new Error('ended before that');
    await once(stream, 'readable');
    // Said again at once while too little is there: let the network in.
    await nextTurn();
  }
}

async function readAll(stream: Socket | ServerChannel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!stream.readableEnded) await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** Reads on, as an end does not come before everything was read. */
async function closed(stream: Socket | ServerChannel): Promise<void> {
  stream.on('error', () => undefined);
  stream.resume();
  await vi.waitFor(() => expect(isClosed(stream)).toBe(true), { timeout: 5_000 });
}

describe('a client of the session', () => {
  test.each(['big', 'little'] as const)('is let in with the real cookie in its place (%s-endian)', async (order) => {
    await start();
    let someoneIsIn = false;
    void pair.forwarding.firstClient.then(() => {
      someoneIsIn = true;
    });
    const channel = await pair.open();
    const shown = setup(order, pair.asked.cookie);
    for (const byte of shown.subarray(0, -1)) channel.write(Buffer.from([byte]));
    await delay(50);
    expect(display.connections).toHaveLength(0);
    expect(someoneIsIn).toBe(false);
    channel.write(Buffer.concat([shown.subarray(-1), Buffer.from('request ')]));
    for (let more = 1; more <= 9; more++) channel.write(String(more));
    const socket = await display.connection(0);
    await pair.forwarding.firstClient;
    const expected = Buffer.concat([setup(order, real.data.toString('hex')), Buffer.from('request 123456789')]);
    expect(await read(socket, expected.length)).toEqual(expected);
    socket.write('reply');
    expect((await read(channel, 5)).toString()).toBe('reply');
  });

  test('is let in without a cookie where the display has none', async () => {
    display = await startTestDisplay();
    pair = await startForwardingPair({ display: display.display, cookie: undefined });
    const channel = await pair.open();
    channel.write(setup('big', pair.forwarding.request.cookie));
    const bytes = await read(await display.connection(0), 12);
    expect(bytes).toEqual(Buffer.from([0x42, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0]));
  });

  test('that hangs up leaves nothing open, and makes room for another', async () => {
    await start({ maxClients: 1 });
    const { channel, socket } = await letIn();
    channel.end();
    expect(await readAll(socket)).toHaveLength(0);
    await closed(channel);
    await closed(socket);
    await vi.waitFor(letIn, { timeout: 5_000 });
  });

  test('that hangs up is heard to its end, however little the display reads', async () => {
    await start();
    const part = 4 * 1024;
    // At one of these lengths the kernel's buffer is full, and the last parts are in the forwarding's own hands.
    for (let parts = 16; parts <= 128; parts += 2) {
      const { channel, socket } = await letIn();
      const requests = randomBytes(parts * part);
      for (let sent = 0; sent < requests.length; sent += part) channel.write(requests.subarray(sent, sent + part));
      channel.end();
      await delay(20);
      const bytes = await readAll(socket);
      expect(bytes.equals(requests), `${bytes.length} of ${requests.length} bytes`).toBe(true);
    }
  });

  test('gets all that the display said before it hung up', async () => {
    await start();
    const { channel, socket } = await letIn();
    // More than the server takes unread: some waits in the client when the display is gone already.
    const replies = randomBytes(4 * mebibyte);
    socket.end(replies);
    socket.resume();
    await vi.waitFor(() => expect(isClosed(socket)).toBe(true), { timeout: 5_000 });
    expect((await readAll(channel)).equals(replies)).toBe(true);
    await closed(channel);
  });

  test('is closed when its display breaks off, and makes room for another', async () => {
    await start({ maxClients: 1 });
    const { channel, socket } = await letIn();
    channel.write(Buffer.alloc(8 * mebibyte));
    await delay(100);
    socket.destroy();
    await closed(channel);
    await vi.waitFor(letIn, { timeout: 5_000 });
  });
});

describe('a client that does not show the cookie', () => {
  const failed = (order: 'big' | 'little', reason: string): Buffer => {
    const length = Math.ceil(reason.length / 4);
    const head =
      order === 'big' ? [0, reason.length, 0, 11, 0, 0, 0, length] : [0, reason.length, 11, 0, 0, 0, length, 0];
    return Buffer.concat([Buffer.from(head), Buffer.from(reason.padEnd(length * 4, '\0'))]);
  };

  test.each(['big', 'little'] as const)(
    'is told so in the words of X11, and the display is not asked (%s)',
    async (order) => {
      await start();
      const channel = await pair.open();
      channel.write(setup(order, '00'.repeat(16)));
      const reason = 'X11 forwarding: this is not the cookie of this session\n';
      expect(await readAll(channel)).toEqual(failed(order, reason));
      await closed(channel);
      expect(display.connections).toHaveLength(0);
      expect(pair.logged.join()).toContain('x11-refused');
      expect(pair.logged.join()).toContain('wrong-cookie');
      expect(await pair.isAlive()).toBe(true);
    },
  );

  test.each([
    ['the real cookie', setup('little', real.data.toString('hex'))],
    ['no authorization', Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['lengths beyond 16 KiB', Buffer.from([0x6c, 0, 11, 0, 0, 0, 255, 255, 255, 255, 0, 0])],
    ['another protocol', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
  ])('is closed: %s', async (_what, bytes) => {
    await start();
    const channel = await pair.open();
    channel.write(bytes);
    await closed(channel);
    expect(display.connections).toHaveLength(0);
    expect(pair.logged).toHaveLength(1);
  });

  test('has time for its set-up while the server does not answer, and none of it counts afterwards', async () => {
    await start({ setupTimeout: 300 });
    const late = await pair.open();
    const never = await pair.open();
    pair.forwarding.serverAnswers(false);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(pair.logged).toHaveLength(0);
    late.write(setup('little', pair.forwarding.request.cookie));
    const socket = await display.connection(0);
    expect(await read(socket, 48)).toEqual(setup('little', real.data.toString('hex')));
    pair.forwarding.serverAnswers(true);
    await closed(never);
    expect(pair.logged).toHaveLength(1);
  });

  test('is closed when the set-up is not there in time, and no timer outlives its client', async () => {
    const timeout = 1_312;
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    try {
      await start({ setupTimeout: timeout });
      const silent = await pair.open();
      const slow = await pair.open();
      slow.write(setup('big', pair.forwarding.request.cookie).subarray(0, 47));
      const gone = await pair.open();
      gone.end();
      await letIn();
      const opened = performance.now();
      await Promise.all([closed(silent), closed(slow), closed(gone)]);
      expect(performance.now() - opened).toBeLessThan(timeout + 5_000);
      expect(display.connections).toHaveLength(1);
      const started = timers.mock.calls.flatMap(([, ms], at) =>
        ms === timeout ? [timers.mock.results[at]?.value] : [],
      );
      expect(started).toHaveLength(4);
      const ended = cleared.mock.calls.map(([timer]) => timer);
      for (const timer of started) expect(ended).toContain(timer);
    } finally {
      timers.mockRestore();
      cleared.mockRestore();
    }
  });
});

describe('the number of clients', () => {
  test('is bounded; one that leaves makes room', async () => {
    await start({ maxClients: 2 });
    const first = await letIn();
    await letIn();
    await expect(pair.open()).rejects.toThrow();
    first.channel.end();
    await closed(first.channel);
    await closed(first.socket);
    await vi.waitFor(letIn, { timeout: 5_000 });
  });
});

describe('clients that show no cookie', () => {
  test('keep nobody out, however many connections they hold open', async () => {
    await start();
    const idle = await Promise.all(Array.from({ length: 256 }, () => pair.open()));
    for (const channel of idle) channel.on('error', () => undefined).resume();
    await letIn();
    expect(idle.filter((channel) => !isClosed(channel)).length).toBeLessThanOrEqual(64);
  });

  test('fill no log: their refusals are counted', async () => {
    await start();
    const tries = 60;
    for (let i = 0; i < tries; i += 1) {
      const channel = await pair.open();
      channel.write(setup('little', '00'.repeat(16)));
      await closed(channel);
    }
    await pair.end();
    const refusals = pair.logged.filter((line) => line.startsWith('warn x11-refused '));
    expect(refusals.length).toBeLessThanOrEqual(40);
    const counted = pair.logged.flatMap((line) => /^warn x11-refusals-omitted {"count":(\d+)}$/.exec(line)?.[1] ?? []);
    expect(refusals.length + counted.reduce((sum, count) => sum + Number(count), 0)).toBe(tries);
  });
});

describe('a display that is not there', () => {
  test('is told to the client; the session lives on', async () => {
    await start();
    await display.end();
    const channel = await pair.open();
    channel.write(setup('little', pair.forwarding.request.cookie));
    expect((await readAll(channel)).toString()).toContain('X11 forwarding: the display does not answer');
    await closed(channel);
    expect(pair.logged.join()).toMatch(/ENOENT|ECONNREFUSED/);
    expect(await pair.isAlive()).toBe(true);
  });
});

describe('the end of the session', () => {
  test('closes every client, whatever it is doing, and takes no new one', async () => {
    await start();
    const idle = await letIn();
    const stuck = await letIn();
    stuck.channel.write(Buffer.alloc(8 * mebibyte));
    const full = await letIn();
    full.socket.write(Buffer.alloc(8 * mebibyte));
    const silent = await pair.open();
    await delay(200);
    pair.forwarding.close();
    await Promise.all([idle, stuck, full].flatMap(({ channel, socket }) => [closed(channel), closed(socket)]));
    await closed(silent);
    await expect(pair.open()).rejects.toThrow();
    expect(await pair.isAlive()).toBe(true);
  });

  test('by a lost connection closes every client at the display', async () => {
    await start();
    const idle = await letIn();
    const busy = await letIn();
    busy.channel.write(Buffer.alloc(8 * mebibyte));
    busy.socket.write(Buffer.alloc(8 * mebibyte));
    await delay(200);
    pair.wire.destroy();
    await once(pair.client, 'close');
    pair.forwarding.close();
    await Promise.all([closed(idle.socket), closed(busy.socket)]);
  });
});

describe('100 MB', () => {
  const size = 100 * mebibyte;
  const chunk = Buffer.alloc(64 * 1024, 'abcdefghijklmnopqrstuvw');
  const expected = createHash('sha256');
  for (let sent = 0; sent < size; sent += chunk.length) expected.update(chunk);
  const digest = expected.digest('hex');

  /** Sends it all as fast as the stream takes it; counts what left the sender's own buffer. */
  function send(stream: Socket | ServerChannel): { taken: () => number; whole: Promise<void> } {
    let written = 0;
    const whole = (async () => {
      for (; written < size; written += chunk.length) {
        if (!stream.write(chunk)) await once(stream, 'drain');
      }
    })();
    return { taken: () => written - stream.writableLength, whole };
  }

  /** Nothing is read until the sender has come to a stop; returns how much it got rid of, then reads it all. */
  async function slowly(from: Socket | ServerChannel, to: Socket | ServerChannel): Promise<number> {
    const { taken, whole } = send(from);
    let before = -1;
    for (; taken() !== before; await delay(300)) before = taken();
    const buffered = taken();
    const hash = createHash('sha256');
    let received = 0;
    to.on('data', (bytes: Buffer) => {
      hash.update(bytes);
      received += bytes.length;
      if (received === size) to.emit('received');
    });
    await Promise.all([whole, once(to, 'received')]);
    expect(hash.digest('hex')).toBe(digest);
    return buffered;
  }

  test('to a display that does not read wait at the sender, and all arrive', async () => {
    await start();
    const { channel, socket } = await letIn();
    const buffered = await slowly(channel, socket);
    expect(buffered).toBeGreaterThan(0);
    expect(buffered).toBeLessThan(mostBuffered);
  });

  test('to a client that does not read wait at the display, and all arrive', async () => {
    await start();
    const { channel, socket } = await letIn();
    const buffered = await slowly(socket, channel);
    expect(buffered).toBeGreaterThan(0);
    expect(buffered).toBeLessThan(mostBuffered + mebibyte);
  });
});
