import type { OnReadOpts, Socket } from 'node:net';
import type { ClientChannel } from 'ssh2';
import { writeNow } from '../../shared/write-now.js';
import { divert, sendNow, takeMore } from '../ssh2/direct-channel.js';
import { type ByteOrder, type ResourceIds, readResourceIds } from './setup.js';

/** All displays are read into the same buffer, because what was read is passed on before the next read. */
const kept = Buffer.allocUnsafeSlow(64 * 1024);
/**
 * Maximum number of bytes that wait for a display. ssh2's window is 2 MiB, and it is opened again only when nothing waits,
 * but a server could open it with data for standard error.
 */
const maxWaiting = 8 * 1024 * 1024;

export interface DisplayLinkListener {
  /** The display has told the numbers of the client's windows. */
  onIds(ids: ResourceIds): void;
  /** The server sends more than the display takes, against the protocol. */
  onOverrun(): void;
}

/** Joins an X client to the display, both ways, with back-pressure. Nothing is parsed but the display's first packet. */
export class DisplayLink {
  readonly #channel: ClientChannel;
  readonly #order: ByteOrder;
  readonly #listener: DisplayLinkListener;
  #display: Socket | undefined;
  /** The display's first packet so far; undefined after it. */
  #firstPacket: Buffer | undefined = Buffer.alloc(0);

  constructor(channel: ClientChannel, order: ByteOrder, listener: DisplayLinkListener) {
    this.#channel = channel;
    this.#order = order;
    this.#listener = listener;
  }

  /** For the socket of the display. */
  readonly onread: OnReadOpts = {
    buffer: kept,
    callback: (length) => this.#toClient(kept.subarray(0, length)),
  };

  /** To be called once the display has taken the connection and the channel is paused. */
  join(display: Socket): void {
    const channel = this.#channel;
    this.#display = display;
    display.on('drain', () => takeMore(channel));
    channel.on('drain', () => display.resume());
    // The requests before the end are written before it: the socket keeps the order.
    channel.once('end', () => display.end());
    display.once('end', () => channel.end());
    const waiting: Buffer | null = channel.read();
    if (waiting !== null) display.write(waiting);
    divert(channel, this.#toDisplay);
    channel.resume();
    display.resume();
  }

  /** @returns false to stop reading */
  #toClient(chunk: Buffer): boolean {
    if (this.#firstPacket !== undefined) this.#readIds(chunk);
    // The client is gone, and the display is still reading its last requests.
    if (this.#channel.writableEnded) return true;
    return sendNow(this.#channel, chunk);
  }

  readonly #toDisplay = (chunk: Buffer): boolean => {
    const display = this.#display;
    if (display === undefined || writeNow(display, chunk)) return true;
    if (display.writableLength > maxWaiting) this.#listener.onOverrun();
    return false;
  };

  #readIds(chunk: Buffer): void {
    const packet = Buffer.concat([this.#firstPacket ?? chunk, chunk]);
    const ids = readResourceIds(packet, this.#order);
    this.#firstPacket = ids === undefined ? packet : undefined;
    if (ids) this.#listener.onIds(ids);
  }
}
