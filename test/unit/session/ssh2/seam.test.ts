import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { applySeam, seamFile } from '../../../../scripts/ssh2-seam.mjs';

const { resolve } = createRequire(import.meta.url);

describe.each([
  ['kex.js', ['if (sigType !== negotiated.serverHostKey) {', 'switch (kexType) {', 'module.exports = {']],
  ['crypto.js', ['const MAX_SEQNO = 2 ** 32 - 1;', 'randomFillSync(packet, 5 + payloadLen, padLen);']],
  ['zlib.js', ["} = require('zlib');", 'new Zlib(DEFLATE)', 'Z_PARTIAL_FLUSH,\n                       ']],
  ['constants.js', ['const eddsaSupported = (() => {']],
  ['../client.js', ['todo.push(() => reqExec(chan, cmd, opts, cb));', 'window <= WINDOW_THRESHOLD)']],
])('the change of %s of ssh2', (name, places) => {
  const path = resolve(`ssh2/lib/protocol/${name}`);
  const source = readFileSync(path, 'utf8');

  it('is made by the build', () => {
    expect(path).toMatch(seamFile);
    expect(applySeam(source, path)).not.toBe(source);
  });

  it('fails when a place has moved', () => {
    for (const place of places) {
      expect(() => applySeam(source.replace(place, '/* moved */'), path)).toThrow(/has changed/);
    }
    expect(() => applySeam(applySeam(source, path), path)).toThrow(/has changed/);
  });
});

it('changes no other file of ssh2', () => {
  const path = resolve('ssh2/lib/Channel.js');
  expect(path).not.toMatch(seamFile);
  expect(() => applySeam(readFileSync(path, 'utf8'), path)).toThrow(/has no seam/);
});

it('fills the padding of each packet with other bytes', () => {
  const path = resolve('ssh2/lib/protocol/crypto.js');
  const changed = applySeam(readFileSync(path, 'utf8'), path);
  const [, text = ''] = /(const padding = .*?\n}\n)/s.exec(changed) ?? [];
  const bytes: number[] = [];
  const randomFillSync = (buffer: Buffer): void => void bytes.push(buffer.fill(bytes.length + 1).length);
  const fillPadding = new Function('randomFillSync', `${text}; return fillPadding;`)(randomFillSync);
  const packets = Array.from({ length: 500 }, (_, at) => {
    const packet = Buffer.alloc(24);
    fillPadding(packet, 5, 4 + (at % 16));
    return packet;
  });
  for (const [at, packet] of packets.entries()) {
    const padded = 5 + 4 + (at % 16);
    expect(packet.subarray(0, 5)).toEqual(Buffer.alloc(5));
    expect(packet.subarray(5, padded)).not.toContain(0);
    expect(packet.subarray(padded)).toEqual(Buffer.alloc(24 - padded));
  }
  // 500 packets need 5,726 bytes.
  expect(bytes).toEqual([4096, 4096]);
});
