import type { Connection } from 'ssh2';

/** What is used of ssh2's inside (version 1.17). */
interface Cipher {
  allocPacket(length: number): Buffer;
  encrypt(packet: Buffer): void;
}

/**
 * Gives each packet of a connection in the clear, before it is encrypted, to somebody who may send others in its place.
 * @param packet `emit` sends a packet as the given one would have been sent
 */
export function interceptPackets(
  connection: Connection,
  packet: (payload: Buffer, emit: (payload: Buffer) => void) => void,
): void {
  const { _protocol: protocol } = connection as unknown as { readonly _protocol: { _cipher: Cipher } };
  const hooked = new WeakSet<Cipher>();
  const hook = (one: Cipher): Cipher => {
    if (hooked.has(one)) return one;
    hooked.add(one);
    const encrypt = one.encrypt.bind(one);
    one.encrypt = (bytes) => {
      const payload = bytes.subarray(5, bytes.readUInt32BE(0) + 4 - bytes.readUInt8(4));
      packet(Buffer.from(payload), (other) => {
        const altered = one.allocPacket(other.length);
        altered.set(other, 5);
        encrypt(altered);
      });
    };
    return one;
  };
  // Each key exchange brings a cipher of its own.
  let cipher = hook(protocol._cipher);
  Object.defineProperty(protocol, '_cipher', {
    get: () => cipher,
    set(next: Cipher) {
      cipher = hook(next);
    },
  });
}
