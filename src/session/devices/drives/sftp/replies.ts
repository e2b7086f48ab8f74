import { attributeFlag, extensions, replyType, type StatusCode } from './protocol.js';

/** What is told of a file. */
export interface FileAttributes {
  readonly size: number;
  /** Type and permissions, as in `st_mode`. */
  readonly mode: number;
  /** In s. */
  readonly accessed: number;
  readonly modified: number;
}

export interface NamedFile {
  readonly name: Buffer;
  readonly attributes: FileAttributes;
}

/** Sizes in blocks of `blockSize` bytes. */
export interface Space {
  readonly blockSize: number;
  readonly blocks: number;
  readonly free: number;
  readonly available: number;
  readonly files: number;
  readonly filesFree: number;
}

/** The owner that is told for every file; sshfs shows it as the user (`idmap=user`). Only one number, so no group matters. */
const owner = 1;
/** As on every file system of Linux. */
const maxNameBytes = 255;
const maxTime = 0xffff_ffff;

export function versionReply(): Buffer {
  const told = extensions.flatMap(([name, version]) => [text(name), text(version)]);
  return packet(Buffer.from([replyType.version]), uint32(3), ...told);
}

export function statusReply(id: number, code: StatusCode, message: string): Buffer {
  return reply(replyType.status, id, uint32(code), text(message), text(''));
}

export function handleReply(id: number, handle: number): Buffer {
  return reply(replyType.handle, id, uint32(4), uint32(handle));
}

export function dataReply(id: number, data: Buffer): Buffer {
  return reply(replyType.data, id, uint32(data.length), data);
}

export function attributesReply(id: number, attributes: FileAttributes): Buffer {
  return reply(replyType.attrs, id, encoded(attributes));
}

/** Without attributes for the text of a link and for a path (`realpath`). */
export function namesReply(id: number, files: readonly (NamedFile | { readonly name: Buffer })[]): Buffer {
  const entries = files.flatMap((file) => [
    bytes(file.name),
    text(''),
    'attributes' in file ? encoded(file.attributes) : uint32(0),
  ]);
  return reply(replyType.name, id, uint32(files.length), ...entries);
}

/** The answer to statvfs@openssh.com. */
export function spaceReply(id: number, space: Space): Buffer {
  const { blockSize, blocks, free, available, files, filesFree } = space;
  const numbers = [blockSize, blockSize, blocks, free, available, files, filesFree, filesFree, 0, 0, maxNameBytes];
  return reply(replyType.extended, id, ...numbers.map(uint64));
}

function encoded({ size, mode, accessed, modified }: FileAttributes): Buffer {
  const flags = attributeFlag.size | attributeFlag.owner | attributeFlag.permissions | attributeFlag.times;
  const times = [accessed, modified].map((time) => uint32(Math.min(Math.max(Math.floor(time), 0), maxTime)));
  return Buffer.concat([uint32(flags), uint64(size), uint32(owner), uint32(owner), uint32(mode), ...times]);
}

function reply(type: number, id: number, ...parts: readonly Buffer[]): Buffer {
  return packet(Buffer.from([type]), uint32(id), ...parts);
}

function packet(...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([uint32(length), ...parts]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([uint32(value.length), value]);
}

function text(value: string): Buffer {
  return bytes(Buffer.from(value));
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(value))));
  return buffer;
}
