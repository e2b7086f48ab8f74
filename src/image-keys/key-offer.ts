import type { Socket } from 'node:net';

/** More than any server sends before encryption starts. */
const maxBytes = 64 * 1024;
const kexInit = 20;

/** Records what a server sends before encryption starts, because ssh2 does not tell. Call it before data arrives. */
export function plainOutput(socket: Socket): () => Buffer {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    if (received.length < maxBytes) received = Buffer.concat([received, chunk]);
  });
  return () => received;
}

/**
 * The host key algorithms that a server offers in its first packet (RFC 4253 section 7.1): those of the keys that it has.
 * @returns undefined for incomplete or other output
 */
export function offeredHostKeyAlgorithms(output: Buffer): readonly string[] | undefined {
  const banner = /(?:^|\n)SSH-2\.0-[^\n]*\n/.exec(output.toString('latin1'));
  if (banner === null) return undefined;
  const packet = output.subarray(banner.index + banner[0].length);
  // Packet length, padding length, type, 16 random bytes, list of key exchanges, list of host keys.
  let at = 22;
  if (packet[5] !== kexInit || packet.length < at + 4) return undefined;
  at += 4 + packet.readUInt32BE(at);
  if (packet.length < at + 4) return undefined;
  const end = at + 4 + packet.readUInt32BE(at);
  return packet.length < end ? undefined : packet.toString('latin1', at + 4, end).split(',');
}
