/**
 * One kept buffer for the long packets that ssh2 sends. A new buffer for each of them costs as much as the encryption, most
 * of it in garbage collections. A packet is free again when the kernel has taken it, which is nearly always at once.
 */

/** Shorter ones come from Node's own pool. */
const minLength = 4 * 1024;
/** ssh2 splits data by the server's packet size, 32 KiB with OpenSSH. What is longer gets a buffer of its own. */
const maxLength = 34 * 1024;

export class PacketBuffer {
  #kept: Buffer | undefined;
  #isInUse = false;

  /** A buffer for one packet, with any content. */
  allocate(size: number): Buffer {
    if (size < minLength || size > maxLength || this.#isInUse) return Buffer.allocUnsafe(size);
    this.#kept ??= Buffer.allocUnsafeSlow(maxLength);
    this.#isInUse = true;
    return this.#kept.subarray(0, size);
  }

  /** @param isTaken whether the kernel has taken all of the packet; otherwise a stream still holds it */
  written(packet: Buffer, isTaken: boolean): void {
    if (packet.buffer !== this.#kept?.buffer) return;
    this.#isInUse = false;
    if (!isTaken) this.#kept = undefined;
  }
}
