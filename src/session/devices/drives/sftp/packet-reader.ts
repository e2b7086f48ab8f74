import { MalformedPacketError } from './protocol.js';

/** sshfs writes at most 64 KiB at a time. */
export const maxPacketBytes = 128 * 1024;

const lengthBytes = 4;

/**
 * Cuts a stream of bytes into packets: a 32-bit length, then so many bytes. It has room for one packet, which the next one
 * uses again.
 */
export class PacketReader {
  readonly #room = Buffer.alloc(lengthBytes + maxPacketBytes);
  #filled = 0;

  /**
   * @returns packets, each of which is valid until the next is asked for
   * @throws {MalformedPacketError} at the first packet that is empty or too long
   */
  *read(chunk: Buffer): Generator<Buffer> {
    let rest = this.#take(chunk, lengthBytes);
    while (this.#filled >= lengthBytes) {
      const length = this.#room.readUInt32BE(0);
      if (length === 0 || length > maxPacketBytes) throw new MalformedPacketError(`a packet of ${length} bytes`);
      rest = this.#take(rest, lengthBytes + length);
      if (this.#filled < lengthBytes + length) return;
      this.#filled = 0;
      yield this.#room.subarray(lengthBytes, lengthBytes + length);
      rest = this.#take(rest, lengthBytes);
    }
  }

  /** Fills the room up to a size. @returns what is left */
  #take(bytes: Buffer, size: number): Buffer {
    const taken = Math.max(0, Math.min(bytes.length, size - this.#filled));
    bytes.copy(this.#room, this.#filled, 0, taken);
    this.#filled += taken;
    return bytes.subarray(taken);
  }
}
