import { MalformedPacketError } from './protocol.js';

/** sshfs writes at most 64 KiB at a time. */
export const maxPacketBytes = 128 * 1024;

/** Cuts a stream of bytes into packets: a 32-bit length, then so many bytes. Keeps no more than one packet. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws {MalformedPacketError} at the first packet that is empty or too long */
  *read(chunk: Buffer): Generator<Buffer> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    while (bytes.length >= 4) {
      const length = bytes.readUInt32BE(0);
      if (length === 0 || length > maxPacketBytes) throw new MalformedPacketError(`a packet of ${length} bytes`);
      if (bytes.length < 4 + length) break;
      const packet = bytes.subarray(4, 4 + length);
      bytes = bytes.subarray(4 + length);
      yield packet;
    }
    this.#rest = bytes;
  }
}
