import { describe, expect, it } from 'vitest';
import {
  commandFrame,
  type Frame,
  FrameReader,
  MalformedFrameError,
  numberAt,
  setNumberAt,
} from '../../../../src/session/devices/pulse-frames.js';

/** A frame of a stream's samples. */
function samples(channel: number, length: number): Buffer {
  const frame = Buffer.alloc(20 + length, 7);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(channel, 4);
  return frame;
}

const wanted = (): boolean => true;
const stream = Buffer.concat([
  commandFrame(8, 0, 35),
  samples(0, 5_000),
  commandFrame(9, 1),
  samples(1, 0),
  samples(2, 1),
]);

describe('frames of the sound protocol', () => {
  it.each([1, 7, 19, 20, 21, 64, 5_000, 100_000])('pass unchanged in pieces of %i bytes', (size) => {
    const reader = new FrameReader(wanted);
    const passed: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) passed.push(...reader.read(stream.subarray(at, at + size)));
    expect(Buffer.concat(passed).equals(stream)).toBe(true);
    expect(reader.isBetweenFrames).toBe(true);
  });

  it('are judged once each, by their command where they have one', () => {
    const seen: (number | 'samples')[] = [];
    const look = ({ head, isCommand }: Frame): boolean => {
      seen.push(isCommand ? numberAt(head, 0) : 'samples');
      return true;
    };
    new FrameReader(look).read(stream);
    expect(seen).toEqual([8, 'samples', 9, 'samples', 'samples']);
  });

  it('that are not wanted are left out as a whole', () => {
    const reader = new FrameReader(({ isCommand }) => isCommand);
    const passed = [...stream].flatMap((byte) => reader.read(Buffer.from([byte])));
    expect(Buffer.concat(passed)).toEqual(Buffer.concat([commandFrame(8, 0, 35), commandFrame(9, 1)]));
  });

  it('are whole between them, and not within a head or a body', () => {
    const reader = new FrameReader(wanted);
    expect(reader.isBetweenFrames).toBe(true);
    reader.read(stream.subarray(0, 10));
    expect(reader.isBetweenFrames).toBe(false);
    reader.read(stream.subarray(10, 35 + 20 + 100));
    expect(reader.isBetweenFrames).toBe(false);
    reader.read(stream.subarray(35 + 20 + 100, 35 + 20 + 5_000));
    expect(reader.isBetweenFrames).toBe(true);
  });

  it('have at most 16 MiB', () => {
    const largest = samples(0, 0);
    largest.writeUInt32BE(16 * 1024 * 1024, 0);
    expect(new FrameReader(wanted).read(largest)).toEqual([largest]);
    largest.writeUInt32BE(16 * 1024 * 1024 + 1, 0);
    expect(() => new FrameReader(wanted).read(largest)).toThrow(MalformedFrameError);
  });
});

describe('a command', () => {
  it('is made of tagged numbers, which can be read and changed', () => {
    const frame = commandFrame(0, 77, 1);
    expect(frame.toString('hex')).toBe(`0000000fffffffff${'0'.repeat(24)}4c000000004c0000004d4c00000001`);
    expect([0, 1, 2].map((place) => numberAt(frame, place))).toEqual([0, 77, 1]);
    setNumberAt(frame, 2, 0xffff_0001);
    expect(numberAt(frame, 2)).toBe(0xffff_0001);
  });

  it('has its numbers', () => {
    expect(() => numberAt(commandFrame(5), 1)).toThrow(MalformedFrameError);
    const text = commandFrame(5, 6);
    text[25] = 't'.charCodeAt(0);
    expect(() => numberAt(text, 1)).toThrow('a command without its numbers');
  });
});
