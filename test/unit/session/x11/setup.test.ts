import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ByteOrder,
  failedReply,
  maxSetupBytes,
  readResourceIds,
  readSetup,
  showsCookie,
  withAuthorization,
} from '../../../../src/session/x11/setup.js';
import type { X11Cookie } from '../../../../src/session/x11/xauthority.js';

/** A set-up packet as the protocol's appendix B.6 spells it, written without the code under test. */
function packet(order: ByteOrder, name: string, data: Uint8Array, minor = 0): Buffer {
  const number = (value: number): number[] => (order === 'big' ? [value >> 8, value & 255] : [value & 255, value >> 8]);
  const filled = (bytes: number[]): number[] => [...bytes, ...[0, 0, 0].slice(0, (4 - (bytes.length % 4)) % 4)];
  const first = order === 'big' ? 'B'.charCodeAt(0) : 'l'.charCodeAt(0);
  return Buffer.from([
    ...[first, 0, ...number(11), ...number(minor), ...number(name.length), ...number(data.length), 0, 0],
    ...filled([...Buffer.from(name, 'latin1')]),
    ...filled([...data]),
  ]);
}

const cookie = (data: Uint8Array): X11Cookie => ({ protocol: 'MIT-MAGIC-COOKIE-1', data: Buffer.from(data) });
const order = fc.constantFrom<ByteOrder>('big', 'little');
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const latin1 = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});

describe('the set-up packet of an X client', () => {
  test('is read whole, in either byte order, and what follows it is left', () => {
    fc.assert(
      fc.property(order, latin1, bytes(200), bytes(100), (order, name, data, rest) => {
        const reading = readSetup(Buffer.concat([packet(order, name, data), rest]));
        expect(reading.kind).toBe('complete');
        if (reading.kind !== 'complete') return;
        expect(reading.setup.order).toBe(order);
        expect(reading.setup.authorization.name).toBe(name);
        expect(reading.setup.authorization.data).toEqual(Buffer.from(data));
        expect(reading.rest).toEqual(Buffer.from(rest));
      }),
    );
  });

  test('is incomplete after every part of it, wherever the network cuts', () => {
    fc.assert(
      fc.property(order, latin1, bytes(60), (order, name, data) => {
        const whole = packet(order, name, data);
        for (let cut = 0; cut < whole.length; cut++) expect(readSetup(whole.subarray(0, cut)).kind).toBe('incomplete');
      }),
      { numRuns: 30 },
    );
  });

  test('is malformed when its first byte names no byte order', () => {
    fc.assert(
      fc.property(
        bytes(100).filter(([first]) => first !== undefined && first !== 0x42 && first !== 0x6c),
        (bytes) => {
          expect(readSetup(Buffer.from(bytes))).toEqual({ kind: 'malformed', order: undefined });
        },
      ),
    );
  });

  test.each(['big', 'little'] as const)('is malformed as soon as its lengths go beyond the limit (%s)', (order) => {
    const atMost = packet(order, '', new Uint8Array(maxSetupBytes - 12));
    expect(readSetup(atMost).kind).toBe('complete');
    const header = packet(order, '', new Uint8Array(maxSetupBytes - 11)).subarray(0, 12);
    expect(readSetup(header)).toEqual({ kind: 'malformed', order });
    expect(readSetup(packet(order, 'x'.repeat(65_535), new Uint8Array(65_535)).subarray(0, 12)).kind).toBe('malformed');
  });

  test('never makes the reader throw', () => {
    fc.assert(fc.property(bytes(64), (bytes) => void readSetup(Buffer.from(bytes))));
    fc.assert(
      fc.property(
        order,
        bytes(20),
        (order, bytes) => void readSetup(Buffer.concat([packet(order, '', bytes).subarray(0, 6), bytes])),
      ),
    );
  });
});

describe('the authorization', () => {
  const read = (bytes: Buffer) => {
    const reading = readSetup(bytes);
    if (reading.kind !== 'complete') throw new Error(reading.kind);
    return reading.setup;
  };
  const right = fc.uint8Array({ minLength: 16, maxLength: 16 });

  test('shows the cookie when name, length and every byte are right', () => {
    fc.assert(
      fc.property(order, right, (order, data) => {
        expect(showsCookie(read(packet(order, 'MIT-MAGIC-COOKIE-1', data)), cookie(data))).toBe(true);
      }),
    );
  });

  test('does not show it when one bit, the length or the name differs, or nothing is shown', () => {
    fc.assert(
      fc.property(order, right, fc.nat(127), (order, data, bit) => {
        const wrong = Uint8Array.from(data, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        const shows = (name: string, shown: Uint8Array) => showsCookie(read(packet(order, name, shown)), cookie(data));
        expect(shows('MIT-MAGIC-COOKIE-1', wrong)).toBe(false);
        expect(shows('MIT-MAGIC-COOKIE-1', data.subarray(0, 15))).toBe(false);
        expect(shows('MIT-MAGIC-COOKIE-1', Uint8Array.from([...data, 0]))).toBe(false);
        expect(shows('MIT-MAGIC-COOKIE-1', new Uint8Array())).toBe(false);
        expect(shows('XDM-AUTHORIZATION-1', data)).toBe(false);
        expect(shows('mit-magic-cookie-1', data)).toBe(false);
        expect(shows('', new Uint8Array())).toBe(false);
      }),
    );
  });

  test('is exchanged and nothing else, whatever its lengths', () => {
    fc.assert(
      fc.property(order, latin1, bytes(40), bytes(40), fc.nat(9), (order, name, shown, real, minor) => {
        const changed = withAuthorization(read(packet(order, name, shown, minor)), cookie(real));
        expect(changed).toEqual(packet(order, 'MIT-MAGIC-COOKIE-1', real, minor));
      }),
    );
  });

  test('is taken out where the display has no cookie', () => {
    fc.assert(
      fc.property(order, right, (order, data) => {
        const changed = withAuthorization(read(packet(order, 'MIT-MAGIC-COOKIE-1', data)), undefined);
        expect(changed).toEqual(packet(order, '', new Uint8Array()));
      }),
    );
  });

  test('leaves the bytes that were read as they are', () => {
    const original = packet('little', 'MIT-MAGIC-COOKIE-1', new Uint8Array(16));
    const before = Buffer.from(original);
    withAuthorization(read(original), cookie(new Uint8Array(16).fill(7)));
    expect(original).toEqual(before);
  });
});

test('a refusal is the Failed reply of the protocol, in the byte order of the client', () => {
  expect([...failedReply('big', 'no!\n\n')]).toEqual([0, 5, 0, 11, 0, 0, 0, 2, 110, 111, 33, 10, 10, 0, 0, 0]);
  expect([...failedReply('little', 'no!\n\n')]).toEqual([0, 5, 11, 0, 0, 0, 2, 0, 110, 111, 33, 10, 10, 0, 0, 0]);
});

test('a refusal says no more than its length byte can tell', () => {
  const reply = failedReply('big', 'é'.repeat(1_000));
  expect(reply[1]).toBe(255);
  expect(reply.subarray(8)).toEqual(Buffer.from([...Array.from({ length: 255 }, () => 0xe9), 0]));
});

describe('the numbers of a client', () => {
  const answer = [1, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0x1f, 0xff, 0xff];

  test('are read from the answer of the display in the byte order of the client', () => {
    expect(readResourceIds(Buffer.from(answer), 'big')).toEqual({ base: 0x600000, mask: 0x1fffff });
    const little = [...answer.slice(0, 12), 0, 0, 0x60, 0, 0xff, 0xff, 0x1f, 0];
    expect(readResourceIds(Buffer.from([...little, 9]), 'little')).toEqual({ base: 0x600000, mask: 0x1fffff });
  });

  test('are awaited until all their bytes have come', () => {
    expect(readResourceIds(Buffer.from(answer.slice(0, 19)), 'big')).toBeUndefined();
  });

  test.each([0, 2])('are none where the display answers with the code %i', (code) => {
    expect(readResourceIds(Buffer.from([code, ...answer.slice(1)]), 'big')).toBeNull();
  });
});
