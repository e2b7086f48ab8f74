/**
 * Passes data to and from a channel without its streams. ssh2 makes a channel of two Node streams of 2 MiB each; for small
 * packets they cost more than the encryption. Only this file uses ssh2's internals for it (version 1.17).
 */
import { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

interface ChannelInside {
  readonly outgoing: { readonly window: number; readonly state: string };
  /** Set while the server's window is not opened again, because what it sent is not taken yet. */
  readonly _waitChanDrain: boolean;
  /** Opens the window again. */
  _read(size: number): void;
  /** Sends before it returns what fits the server's window. */
  _write(data: Buffer, encoding: string, callback: () => void): void;
  push(chunk: Buffer | null): boolean;
}

const inside = (channel: ClientChannel): ChannelInside => channel as unknown as ChannelInside;
const nothing = (): void => undefined;

/**
 * Sends data at once where the server's window has room and nothing waits. Otherwise the channel keeps a copy.
 * @param data may be changed after the call
 * @returns false when the caller should wait for `drain`
 */
export function sendNow(channel: ClientChannel, data: Buffer): boolean {
  const { outgoing } = inside(channel);
  const mayPass = channel.writableLength === 0 && !channel.writableEnded && outgoing.state === 'open';
  if (!mayPass || data.length > outgoing.window) return channel.write(Buffer.from(data));
  inside(channel)._write(data, 'buffer', nothing);
  return true;
}

/**
 * From now on, what the server sends goes to `take` and not to the stream, which only tells of the end. To be called when
 * the stream is empty.
 * @throws {TypeError} when this version of ssh2 has other internals
 * @param take returns false when it can take no more for now. Until {@link takeMore} the server's window is not opened
 * again, so that at most another 2 MiB come.
 */
export function divert(channel: ClientChannel, take: (chunk: Buffer) => boolean): void {
  const { outgoing, _waitChanDrain, _read, _write } = inside(channel);
  const isKnown = typeof outgoing?.window === 'number' && typeof _waitChanDrain === 'boolean';
  if (!isKnown || _read === Readable.prototype._read || typeof _write !== 'function') {
    throw new TypeError('ssh2 has other channels');
  }
  inside(channel).push = (chunk) => (chunk === null ? Readable.prototype.push.call(channel, null) : take(chunk));
}

/** Opens the server's window again. */
export function takeMore(channel: ClientChannel): void {
  const channelInside = inside(channel);
  if (channelInside._waitChanDrain) channelInside._read(0);
}
