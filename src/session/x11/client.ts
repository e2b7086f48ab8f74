/**
 * The little of an X11 client that is needed to look at a screen: connect, watch the root window, ask for an atom,
 * for a window's size and for the idle time (X11 protocol, sections 8 to 11 and appendix B). Little-endian throughout.
 */

import { connect } from 'node:net';
import type { X11Display } from './display-name.js';
import { withAuthorization } from './setup.js';
import type { X11Cookie } from './xauthority.js';

/** What happens to the windows on the root window. */
export type RootEvent =
  | { readonly kind: 'property'; readonly atom: number; readonly isDeleted: boolean }
  | { readonly kind: 'mapped'; readonly window: number; readonly isOverrideRedirect: boolean }
  /** Unmapped, or destroyed. */
  | { readonly kind: 'gone'; readonly window: number }
  | { readonly kind: 'reparented'; readonly window: number; readonly parent: number };

export interface X11Client {
  /** Calls back for what happens on the root window from now on. */
  watchRoot(listener: (event: RootEvent) => void): void;
  atom(name: string): Promise<number>;
  /** @throws Error where there is no such window any more */
  sizeOf(window: number): Promise<{ readonly width: number; readonly height: number }>;
  /** ms since a key was pressed or the mouse was moved (MIT-SCREEN-SAVER); undefined where the display cannot tell. */
  idleMs(): Promise<number | undefined>;
  /**
   * Calls back when the screen saver has made the screen dark, and when it is light again (MIT-SCREEN-SAVER); never
   * where the display cannot tell.
   */
  watchScreenSaver(listener: (screen: 'dark' | 'light') => void): Promise<void>;
  /** The numbers of an extension; undefined where the display does not have it. */
  extension(name: string): Promise<X11Extension | undefined>;
  /** Calls back for each event of this number. */
  onEvent(number: number, listener: (event: Buffer) => void): void;
  /** Sends a request that has no reply. */
  send(packet: Buffer): void;
  /** Sends a request and gives its reply. @throws Error where the display answers with one */
  ask(packet: Buffer): Promise<Buffer>;
  close(): void;
}

export interface X11Extension {
  readonly opcode: number;
  readonly firstEvent: number;
}

const opcode = { changeWindowAttributes: 2, getGeometry: 14, internAtom: 16, queryExtension: 98 };
/** CWEventMask, and SubstructureNotify with PropertyChange as its value. */
const eventMaskBit = 1 << 11;
const rootEvents = (1 << 19) | (1 << 22);

/** @param onEnd called once when the connection is over, unless by `close` */
export async function openX11(
  display: X11Display,
  cookie: X11Cookie | undefined,
  onEnd: () => void,
): Promise<X11Client> {
  const socket = 'path' in display.socket ? connect(display.socket.path) : connect(display.socket);
  let received: Buffer = Buffer.alloc(0);
  let root: number | undefined;
  let sequence = 0;
  let closed = false;
  let listener = (_event: RootEvent): void => {};
  const others = new Map<number, (event: Buffer) => void>();
  const replies = new Map<number, { resolve: (reply: Buffer) => void; reject: (error: Error) => void }>();

  const end = (): void => {
    for (const { reject } of replies.values()) reject(new Error('X11: the connection is over'));
    replies.clear();
    if (closed) return;
    closed = true;
    onEnd();
  };
  const take = (packet: Buffer): void => {
    const type = packet.readUInt8(0) & 0x7f;
    if (type > 1) {
      others.get(type)?.(packet);
      const event = rootEventOf(type, packet);
      if (event) listener(event);
      return;
    }
    const asked = replies.get(packet.readUInt16LE(2));
    replies.delete(packet.readUInt16LE(2));
    if (type === 1) asked?.resolve(packet);
    else asked?.reject(new Error(`X11: error ${packet.readUInt8(1)}`));
  };
  /** @returns the reply, or rejects with the error; of requests that have neither, nothing ever comes */
  const request = (packet: Buffer): Promise<Buffer> => {
    sequence = (sequence + 1) & 0xffff;
    socket.write(packet);
    return new Promise((resolve, reject) => replies.set(sequence, { resolve, reject }));
  };

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => socket.write(withAuthorization(ownSetup, cookie)));
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error('X11: the display closed the connection'));
      end();
    });
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (root === undefined) {
        const length = received.length < 8 ? undefined : 8 + received.readUInt16LE(6) * 4;
        if (length === undefined || received.length < length) return;
        root = rootOf(received.subarray(0, length), display.screen);
        received = received.subarray(length);
        if (root === undefined) reject(new Error('X11: the display refused the connection'));
        else resolve();
      }
      for (let length = packetLength(received); length !== undefined; length = packetLength(received)) {
        take(received.subarray(0, length));
        received = received.subarray(length);
      }
    });
  }).catch((error: unknown) => {
    closed = true;
    socket.destroy();
    throw error;
  });

  return {
    watchRoot(callback) {
      listener = callback;
      const packet = packetOf(opcode.changeWindowAttributes, 16);
      packet.writeUInt32LE(root ?? 0, 4);
      packet.writeUInt32LE(eventMaskBit, 8);
      packet.writeUInt32LE(rootEvents, 12);
      request(packet).catch(() => {});
    },
    async atom(name) {
      return (await request(named(opcode.internAtom, name))).readUInt32LE(8);
    },
    async idleMs() {
      const extension = await request(named(opcode.queryExtension, 'MIT-SCREEN-SAVER'));
      if (extension.readUInt8(8) === 0) return undefined;
      const packet = packetOf(extension.readUInt8(9), 8);
      packet.writeUInt8(screenSaverQueryInfo, 1);
      packet.writeUInt32LE(root ?? 0, 4);
      return (await request(packet)).readUInt32LE(16);
    },
    async watchScreenSaver(callback) {
      const extension = await request(named(opcode.queryExtension, 'MIT-SCREEN-SAVER'));
      if (extension.readUInt8(8) === 0) return;
      others.set(extension.readUInt8(10), (event) => callback(event.readUInt8(1) === 1 ? 'dark' : 'light'));
      const packet = packetOf(extension.readUInt8(9), 12);
      packet.writeUInt8(screenSaverSelectInput, 1);
      packet.writeUInt32LE(root ?? 0, 4);
      packet.writeUInt32LE(screenSaverNotifyMask, 8);
      request(packet).catch(() => {});
    },
    async extension(name) {
      const reply = await request(named(opcode.queryExtension, name));
      return reply.readUInt8(8) === 0 ? undefined : { opcode: reply.readUInt8(9), firstEvent: reply.readUInt8(10) };
    },
    onEvent(number, callback) {
      others.set(number, callback);
    },
    send(packet) {
      request(packet).catch(() => {});
    },
    ask: request,
    async sizeOf(window) {
      const packet = packetOf(opcode.getGeometry, 8);
      packet.writeUInt32LE(window, 4);
      const reply = await request(packet);
      return { width: reply.readUInt16LE(16), height: reply.readUInt16LE(18) };
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}

const ownSetup = {
  order: 'little',
  authorization: { name: '', data: Buffer.alloc(0) },
  // Byte order, version 11.0; the lengths of the authorization are written with it.
  header: Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
} as const;

/** Of the requests of MIT-SCREEN-SAVER (saver.h). */
const screenSaverQueryInfo = 1;
const screenSaverSelectInput = 2;
const screenSaverNotifyMask = 1;

function packetOf(code: number, length: number): Buffer {
  const packet = Buffer.alloc(length);
  packet.writeUInt8(code, 0);
  packet.writeUInt16LE(length / 4, 2);
  return packet;
}

/** A request that holds nothing but a name. */
function named(code: number, name: string): Buffer {
  const packet = packetOf(code, 8 + ((name.length + 3) & ~3));
  packet.writeUInt16LE(name.length, 4);
  packet.write(name, 8, 'latin1');
  return packet;
}

/** Length of the first packet, once all of it is there. Replies and generic events (35) may be longer than 32 bytes. */
function packetLength(bytes: Buffer): number | undefined {
  if (bytes.length < 32) return undefined;
  const type = bytes.readUInt8(0) & 0x7f;
  const length = type === 1 || type === 35 ? 32 + bytes.readUInt32LE(4) * 4 : 32;
  return bytes.length < length ? undefined : length;
}

function rootEventOf(type: number, packet: Buffer): RootEvent | undefined {
  const window = packet.readUInt32LE(8);
  switch (type) {
    case 17:
    case 18:
      return { kind: 'gone', window };
    case 19:
      return { kind: 'mapped', window, isOverrideRedirect: packet.readUInt8(12) !== 0 };
    case 21:
      return { kind: 'reparented', window, parent: packet.readUInt32LE(12) };
    case 28:
      return { kind: 'property', atom: window, isDeleted: packet.readUInt8(16) !== 0 };
    default:
      return undefined;
  }
}

/** The root window of a screen, from the display's answer to the set-up; undefined where it refused. */
function rootOf(answer: Buffer, screen: number): number | undefined {
  if (answer.readUInt8(0) !== 1) return undefined;
  const vendorLength = answer.readUInt16LE(24);
  let at = 40 + ((vendorLength + 3) & ~3) + answer.readUInt8(29) * 8;
  for (let skipped = 0; skipped < screen; skipped += 1) at = afterScreen(answer, at);
  return answer.readUInt32LE(at);
}

/** Behind a screen and the list of its depths, each with its list of visuals. */
function afterScreen(answer: Buffer, start: number): number {
  let at = start + 40;
  for (let depths = answer.readUInt8(start + 39); depths > 0; depths -= 1) at += 8 + answer.readUInt16LE(at + 2) * 24;
  return at;
}
