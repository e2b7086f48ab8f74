import { describe, expect, it } from 'vitest';
import { PacketBuffer } from '../../../../src/session/ssh2/packet-buffer.js';

const long = 16 * 1024;

describe('the buffer of long packets', () => {
  it('is used again once the kernel has the packet', () => {
    const packets = new PacketBuffer();
    const first = packets.allocate(long);
    expect(first).toHaveLength(long);
    packets.written(first, true);
    const second = packets.allocate(long + 36);
    expect(second).toHaveLength(long + 36);
    expect(second.buffer).toBe(first.buffer);
  });

  it('is not used again while a packet in it was not written', () => {
    const packets = new PacketBuffer();
    const first = packets.allocate(long);
    const second = packets.allocate(long);
    expect(second.buffer).not.toBe(first.buffer);
    packets.written(second, true);
    expect(packets.allocate(long).buffer).not.toBe(first.buffer);
  });

  it('is left to a stream that holds the packet, and another takes its place', () => {
    const packets = new PacketBuffer();
    const first = packets.allocate(long);
    packets.written(first, false);
    const second = packets.allocate(long);
    expect(second.buffer).not.toBe(first.buffer);
    packets.written(second, true);
    expect(packets.allocate(long).buffer).toBe(second.buffer);
  });

  it.each([4_095, 34 * 1024 + 1])('is not used for %s bytes', (size) => {
    const packets = new PacketBuffer();
    const first = packets.allocate(size);
    expect(first).toHaveLength(size);
    packets.written(first, true);
    expect(packets.allocate(long).buffer).not.toBe(first.buffer);
  });

  it.each([4_096, 34 * 1024])('is used for %s bytes', (size) => {
    const packets = new PacketBuffer();
    const first = packets.allocate(size);
    packets.written(first, true);
    expect(packets.allocate(long).buffer).toBe(first.buffer);
  });

  it('ignores packets that it did not make', () => {
    const packets = new PacketBuffer();
    packets.written(Buffer.alloc(long), true);
    const first = packets.allocate(long);
    packets.written(Buffer.alloc(long), true);
    expect(packets.allocate(long).buffer).not.toBe(first.buffer);
  });
});
