import type { Connection } from 'ssh2';

/** The inside of ssh2's protocol that sends a packet. */
export interface PacketSender {
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(n: number): Buffer; finalize(p: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

export const senderOf = (connection: Connection): PacketSender =>
  (connection as unknown as { _protocol: PacketSender })._protocol;

/** Sends a message that ssh2 has no function for: its type, numbers, and texts, each as SSH writes it. */
export function sendPacket(
  { _packetRW: { write }, _cipher }: PacketSender,
  type: number,
  ...values: (number | string)[]
) {
  const parts = values.map((value) => {
    const text = Buffer.from(typeof value === 'string' ? value : '');
    const number = Buffer.alloc(4);
    number.writeUInt32BE(typeof value === 'string' ? text.length : value);
    return Buffer.concat([number, text]);
  });
  const payload = Buffer.concat([Buffer.from([type]), ...parts]);
  const packet = write.alloc(payload.length);
  payload.copy(packet, write.allocStart);
  _cipher.encrypt(write.finalize(packet));
}
