import { MalformedPacketError } from './protocol.js';

/** sshfs writes at most 64 KiB at a time. */
export const maxPacketBytes = 128 * 1024;

const lengthBytes = 4;

/** Takes away the beginning of a stream, up to the end of a text. */
export class Preamble {
  readonly #text: Buffer;
  #before: Buffer | undefined = Buffer.alloc(0);

  constructor(text: string) {
    this.#text = Buffer.from(text);
  }

  /** @returns what comes after it @throws {MalformedPacketError} where too much comes before it */
  read(chunk: Buffer): Buffer {
    if (this.#before === undefined) return chunk;
    const all = Buffer.concat([this.#before, chunk]);
    const start = all.indexOf(this.#text);
    if (start !== -1) {
      this.#before = undefined;
      return all.subarray(start + this.#text.length);
    }
    if (all.length > maxPacketBytes) throw new MalformedPacketError('no SFTP');
    this.#before = all;
    return Buffer.alloc(0);
  }
}

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
