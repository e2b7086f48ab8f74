import type { Socket } from 'node:net';
import type { Client } from 'ssh2';

/** The internals of ssh2 1.17 that its own keepalive uses. That keepalive ends the connection by itself, so it is off. */
interface KeepaliveInternals {
  /** The callbacks for answers to global requests, in the order of the requests. */
  readonly _callbacks: (() => void)[];
  readonly _protocol: {
    ping(): void;
    /** Set while keys are exchanged. */
    readonly _kexinit: unknown;
    readonly _packetRW: {
      readonly write: { readonly allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
    };
    readonly _cipher: { encrypt(packet: Buffer): void };
  };
}

/** The question that OpenSSH's client asks: `keepalive@openssh.com`, which every server has to answer (RFC 4254, 4). */
export function askServer(client: Client, socket: Socket): void {
  if (!socket.writable) return;
  const { _callbacks, _protocol } = client as unknown as KeepaliveInternals;
  _callbacks.push(() => {});
  _protocol.ping();
}

/** SSH_MSG_IGNORE (RFC 4253, 11.2): every server accepts it after the key exchange, and does not answer it. */
export function sendIgnored(client: Client, socket: Socket): void {
  const { _protocol } = client as unknown as KeepaliveInternals;
  if (!socket.writable || _protocol._kexinit !== undefined) return;
  const { write } = _protocol._packetRW;
  const packet = write.alloc(1 + 4);
  packet[write.allocStart] = 2;
  packet.writeUInt32BE(0, write.allocStart + 1);
  _protocol._cipher.encrypt(write.finalize(packet));
}
