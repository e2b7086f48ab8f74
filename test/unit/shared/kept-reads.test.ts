import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SocketPair, socketPair } from './socket-pair.js';

let pair: SocketPair;

beforeEach(async () => {
  pair = await socketPair();
});

afterEach(() => pair.end());

it('keeps every chunk as it came, whatever is read after it', async () => {
  const { near, far } = pair;
  const chunks: Buffer[] = [];
  near.on('data', (chunk: Buffer) => chunks.push(chunk));
  const sent = [randomBytes(10), randomBytes(60_000), randomBytes(8_192), randomBytes(8_193), randomBytes(3)];
  for (const part of sent) {
    far.write(part);
    await delay(10);
  }
  far.end();
  await once(near, 'end');
  expect(Buffer.concat(chunks).equals(Buffer.concat(sent))).toBe(true);
});

it('keeps what comes before anybody reads', async () => {
  const { near, far } = pair;
  far.write('SSH-2.0-early\r\n');
  await delay(50);
  near.once('data', () => undefined);
  const [chunk] = await once(near, 'data');
  expect(String(chunk)).toBe('SSH-2.0-early\r\n');
});

it('stops reading while nobody takes the data, and loses nothing', async () => {
  const { near, far } = pair;
  const sent = randomBytes(16 * 1024 * 1024);
  near.pause();
  far.write(sent);
  await delay(100);
  expect(near.bytesRead).toBeLessThan(256 * 1024);
  const chunks: Buffer[] = [];
  near.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    near.pause();
    setImmediate(() => near.resume());
  });
  near.resume();
  far.end();
  await once(near, 'end');
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

it('tells of the end only after the data', async () => {
  const { near, far } = pair;
  far.end('last words');
  await delay(20);
  const chunks: Buffer[] = [];
  near.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(near, 'end');
  expect(Buffer.concat(chunks).toString()).toBe('last words');
});
