import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame, FrameReader, framed } from '../../../src/protocol/remote-frames.js';

const max = 131_072;
const shape = (frames: readonly Frame[]) => frames.map(({ kind, payload }) => [kind, payload.toString()]);

describe('the frames of LDM_SOCKET', () => {
  it('are a letter, the length and the payload', () => {
    expect(encodeFrame('c', Buffer.from('id'))).toEqual(Buffer.from('c\0\0\0\x02id', 'latin1'));
    expect(encodeFrame('x', Buffer.alloc(0x0102))).toHaveLength(5 + 0x0102);
    expect(encodeFrame('x', Buffer.alloc(0x0102)).subarray(0, 5)).toEqual(Buffer.from('x\0\0\x01\x02', 'latin1'));
  });

  it('come out as they went in, however they are cut', () => {
    const sent = [...'cioex'].map((kind, at) => [kind, 'abcdefg'.repeat(at)]);
    const bytes = Buffer.concat(sent.map(([kind, text = '']) => encodeFrame(kind as Frame['kind'], Buffer.from(text))));
    for (const size of [1, 3, 6, bytes.length]) {
      const reader = new FrameReader();
      const frames: Frame[] = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...reader.read(bytes.subarray(at, at + size)));
      expect(shape(frames)).toEqual(sent);
    }
  });

  it('wait for their last byte', () => {
    const reader = new FrameReader();
    expect(reader.read(Buffer.from('o\0\0\0\x03ab', 'latin1'))).toEqual([]);
    expect(shape(reader.read(Buffer.from('c')))).toEqual([['o', 'abc']]);
    expect(reader.read(Buffer.alloc(0))).toEqual([]);
  });

  it('have a maximum length, which is refused as soon as it is exceeded', () => {
    expect(new FrameReader().read(encodeFrame('o', Buffer.alloc(max)))).toHaveLength(1);
    expect(() => encodeFrame('o', Buffer.alloc(max + 1))).toThrow(RangeError);
    const head = Buffer.from('o\0\0\0\0');
    head.writeUInt32BE(max + 1, 1);
    expect(() => new FrameReader().read(head)).toThrow(RangeError);
  });

  it('are refused with an unknown letter', () => {
    for (const letter of ['z', '\0', 'C']) {
      expect(() => new FrameReader().read(Buffer.from(`${letter}\0\0\0\0`))).toThrow(RangeError);
    }
  });

  it.each([
    [0, []],
    [max, [max]],
    [2 * max, [max, max]],
    [2 * max + 1, [max, max, 1]],
  ])('divide the output of a stream: %i bytes into %j', async (length, parts) => {
    const stream = framed('o');
    const whole = Buffer.alloc(length, 'x');
    stream.end(whole);
    const reader = new FrameReader();
    const frames: Frame[] = [];
    for await (const chunk of stream) frames.push(...reader.read(chunk));
    expect(frames.map(({ kind, payload }) => [kind, payload.length])).toEqual(parts.map((part) => ['o', part]));
    expect(Buffer.concat(frames.map(({ payload }) => payload)).equals(whole)).toBe(true);
  });
});
