/**
 * The first packet of an X client and the refusal that can answer it (X11 protocol, section 8 "Connection Setup" and
 * appendix B.6). Pure: bytes in, bytes out.
 */
import { timingSafeEqual } from 'node:crypto';
import type { X11Cookie } from './xauthority.js';

/** Maximum size of the whole packet, in bytes. The protocol's length fields would allow 128 KiB. */
export const maxSetupBytes = 16 * 1024;
const headerLength = 12;
/** A refusal's reason has one byte for its length. */
const maxReasonBytes = 255;

/** `B` or `l` in the first byte: the byte order of every number from and to this client. */
export type ByteOrder = 'big' | 'little';

export interface X11Setup {
  readonly order: ByteOrder;
  readonly authorization: { readonly name: string; readonly data: Buffer };
  /** The 12 bytes before the authorization, as they came. */
  readonly header: Buffer;
}

export type SetupReading =
  /** Read more first. */
  | { readonly kind: 'incomplete' }
  /** Not the packet of an X client. The order is known where only the length is invalid. */
  | { readonly kind: 'malformed'; readonly order: ByteOrder | undefined }
  /** `rest` holds what came after the packet. */
  | { readonly kind: 'complete'; readonly setup: X11Setup; readonly rest: Buffer };

/** Reads the set-up packet from all bytes that came so far. Copies nothing. */
export function readSetup(bytes: Buffer): SetupReading {
  if (bytes.length === 0) return { kind: 'incomplete' };
  const order = bytes[0] === 0x42 ? 'big' : bytes[0] === 0x6c ? 'little' : undefined;
  if (order === undefined) return { kind: 'malformed', order };
  if (bytes.length < headerLength) return { kind: 'incomplete' };
  const nameLength = readCard16(bytes, 6, order);
  const dataLength = readCard16(bytes, 8, order);
  const dataStart = headerLength + padded(nameLength);
  const end = dataStart + padded(dataLength);
  if (end > maxSetupBytes) return { kind: 'malformed', order };
  if (bytes.length < end) return { kind: 'incomplete' };
  const authorization = {
    name: bytes.toString('latin1', headerLength, headerLength + nameLength),
    data: bytes.subarray(dataStart, dataStart + dataLength),
  };
  const setup = { order, authorization, header: bytes.subarray(0, headerLength) } as const;
  return { kind: 'complete', setup, rest: bytes.subarray(end) };
}

/** Whether this client shows exactly this cookie. The time is the same for a wrong cookie as for the right one. */
export function showsCookie(setup: X11Setup, cookie: X11Cookie): boolean {
  const { name, data } = setup.authorization;
  return name === cookie.protocol && data.length === cookie.data.length && timingSafeEqual(data, cookie.data);
}

/** Whether this client shows anything. A program that found no cookie shows nothing. */
export function hasAuthorization({ authorization: { name, data } }: X11Setup): boolean {
  return name !== '' || data.length > 0;
}

/** The same packet with another authorization, or without one. */
export function withAuthorization(setup: X11Setup, cookie: X11Cookie | undefined): Buffer {
  const name = Buffer.from(cookie?.protocol ?? '');
  const data = cookie?.data ?? Buffer.alloc(0);
  const dataStart = headerLength + padded(name.length);
  const packet = Buffer.alloc(dataStart + padded(data.length));
  setup.header.copy(packet);
  writeCard16(packet, name.length, 6, setup.order);
  writeCard16(packet, data.length, 8, setup.order);
  name.copy(packet, headerLength);
  data.copy(packet, dataStart);
  return packet;
}

/** The numbers of a client's windows: `base`, with any bits of `mask`. */
export interface ResourceIds {
  readonly base: number;
  readonly mask: number;
}

/**
 * The numbers of this client's windows, from the display's answer to the set-up.
 * @param bytes all bytes from the display so far
 * @returns undefined while more must be read first, null where the display refused
 */
export function readResourceIds(bytes: Buffer, order: ByteOrder): ResourceIds | null | undefined {
  if (bytes.length < 20) return undefined;
  if (bytes[0] !== 1) return null;
  return { base: readCard32(bytes, 12, order), mask: readCard32(bytes, 16, order) };
}

/**
 * The server's answer `Failed`, which ends the connection; Xlib and XCB print its reason.
 * @param reason ASCII, cut at 255 bytes
 */
export function failedReply(order: ByteOrder, reason: string): Buffer {
  const text = Buffer.from(reason, 'latin1').subarray(0, maxReasonBytes);
  const packet = Buffer.alloc(8 + padded(text.length));
  packet[1] = text.length;
  writeCard16(packet, 11, 2, order);
  writeCard16(packet, padded(text.length) / 4, 6, order);
  text.copy(packet, 8);
  return packet;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function readCard16(bytes: Buffer, offset: number, order: ByteOrder): number {
  return order === 'big' ? bytes.readUInt16BE(offset) : bytes.readUInt16LE(offset);
}

function readCard32(bytes: Buffer, offset: number, order: ByteOrder): number {
  return order === 'big' ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset);
}

function writeCard16(bytes: Buffer, value: number, offset: number, order: ByteOrder): void {
  if (order === 'big') bytes.writeUInt16BE(value, offset);
  else bytes.writeUInt16LE(value, offset);
}
