import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alwaysWriteNow, writeNow } from '../../../src/shared/write-now.js';
import { type SocketPair, socketPair } from './socket-pair.js';

let pair: SocketPair;

beforeEach(async () => {
  pair = await socketPair();
});

afterEach(() => pair.end());

function received(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  pair.far.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  return once(pair.far, 'end').then(() => Buffer.concat(chunks));
}

it('writes before it returns, and holds nothing', async () => {
  const all = received();
  const data = Buffer.from('request');
  expect(writeNow(pair.near, data)).toBe(true);
  data.fill(0);
  expect(pair.near.writableLength).toBe(0);
  pair.near.end();
  expect(String(await all)).toBe('request');
});

it('keeps the order when a slow reader makes the stream hold the rest', async () => {
  const parts = Array.from({ length: 400 }, () => randomBytes(40_000));
  let hasWaited = false;
  for (const part of parts) {
    if (writeNow(pair.near, part)) continue;
    hasWaited = true;
    expect(pair.near.writableLength).toBeGreaterThan(0);
  }
  expect(hasWaited).toBe(true);
  const all = received();
  await once(pair.near, 'drain');
  expect(writeNow(pair.near, Buffer.from('then'))).toBe(true);
  pair.near.end('end');
  expect((await all).equals(Buffer.concat([...parts, Buffer.from('thenend')]))).toBe(true);
});

it('waits behind data that the stream holds', async () => {
  const all = received();
  pair.near.cork();
  pair.near.write('first ');
  writeNow(pair.near, Buffer.from('second'));
  pair.near.uncork();
  pair.near.end();
  expect(String(await all)).toBe('first second');
});

it('writes to a socket that is still connecting once it is connected', async () => {
  const socket = connect({ host: '127.0.0.1', port: pair.far.localPort ?? 0 });
  writeNow(socket, Buffer.from('early'));
  expect(socket.writableLength).toBe(5);
  await once(socket, 'connect');
  socket.destroy();
});

it('leaves errors to the stream: the reader is gone, the socket is ended or destroyed', async () => {
  pair.far.resetAndDestroy();
  const failed = new Promise((resolve) => pair.near.once('close', resolve));
  pair.near.resume();
  for (let tries = 0; tries < 3; tries += 1) writeNow(pair.near, Buffer.from('lost'));
  await failed;
  expect(writeNow(pair.near, Buffer.from('lost'))).toBe(false);
});

it('replaces every write of a buffer, and tells whether the kernel has it', async () => {
  const told: boolean[] = [];
  alwaysWriteNow(pair.near, (_data, isTaken) => told.push(isTaken));
  const all = received();
  pair.near.write(Buffer.from('a'));
  pair.near.write('b');
  pair.near.write(Buffer.from('c'), () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([true]);
  pair.near.cork();
  pair.near.write(Buffer.from('d'));
  pair.near.uncork();
  expect(told).toEqual([true, false]);
  pair.near.end();
  expect(String(await all)).toBe('abcd');
});
