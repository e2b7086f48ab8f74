import type { Socket } from 'node:net';

/** More than any server says before it encrypts. */
const mostBytes = 64 * 1024;
const kexInit = 20;

/** Reads along what a server says before it encrypts; ssh2 keeps it to itself. To be called before data arrives. */
export function openingWords(socket: Socket): () => Buffer {
  let words = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    if (words.length < mostBytes) words = Buffer.concat([words, chunk]);
  });
  return () => words;
}

/**
 * The host key algorithms that a server offers, from its first packet (RFC 4253 section 7.1): a server offers those of
 * the keys that it has.
 * @returns undefined where the server has not said so much, or something else
 */
export function offeredHostKeyAlgorithms(words: Buffer): readonly string[] | undefined {
  const banner = /(?:^|\n)SSH-2\.0-[^\n]*\n/.exec(words.toString('latin1'));
  if (banner === null) return undefined;
  const packet = words.subarray(banner.index + banner[0].length);
  // Length of the packet, length of the padding, type, 16 random bytes, list of key exchanges, list of host keys.
  let at = 22;
  if (packet[5] !== kexInit || packet.length < at + 4) return undefined;
  at += 4 + packet.readUInt32BE(at);
  if (packet.length < at + 4) return undefined;
  const end = at + 4 + packet.readUInt32BE(at);
  return packet.length < end ? undefined : packet.toString('latin1', at + 4, end).split(',');
}
