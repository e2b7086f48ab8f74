import { attributeFlag, MalformedPacketError, requestType } from './protocol.js';

/** What a request says of a file; each is undefined where it says nothing of it. */
export interface WantedAttributes {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly permissions?: number;
  /** In s. */
  readonly times?: { readonly accessed: number; readonly modified: number };
}

interface OfPath {
  readonly path: Buffer;
}
interface OfHandle {
  readonly handle: number;
}

/** A request without its number. Paths are bytes, as on the medium. */
export type Action =
  | ({ readonly kind: 'open'; readonly flags: number; readonly attributes: WantedAttributes } & OfPath)
  | ({ readonly kind: 'close' | 'fstat' | 'readdir' | 'fsync' } & OfHandle)
  | ({ readonly kind: 'read'; readonly offset: number; readonly length: number } & OfHandle)
  | ({ readonly kind: 'write'; readonly offset: number; readonly data: Buffer } & OfHandle)
  | ({ readonly kind: 'lstat' | 'stat' | 'opendir' | 'realpath' | 'readlink' | 'statvfs' } & OfPath)
  | ({ readonly kind: 'remove' | 'rmdir' } & OfPath)
  | ({ readonly kind: 'setstat' | 'mkdir'; readonly attributes: WantedAttributes } & OfPath)
  | ({ readonly kind: 'fsetstat'; readonly attributes: WantedAttributes } & OfHandle)
  | ({ readonly kind: 'rename'; readonly to: Buffer; readonly replaces: boolean } & OfPath)
  | { readonly kind: 'unsupported' };

export type Request =
  | { readonly kind: 'init'; readonly version: number }
  | { readonly kind: 'numbered'; readonly id: number; readonly action: Action };

/** No handle has this number. */
const noHandle = -1;

/** @throws {MalformedPacketError} */
export function parseRequest(packet: Buffer): Request {
  const fields = new Fields(packet);
  const type = fields.byte();
  if (type === requestType.init) return { kind: 'init', version: fields.uint32() };
  return { kind: 'numbered', id: fields.uint32(), action: actionOf(type, fields) };
}

function actionOf(type: number, fields: Fields): Action {
  switch (type) {
    case requestType.open:
      return { kind: 'open', path: fields.string(), flags: fields.uint32(), attributes: fields.attributes() };
    case requestType.close:
      return { kind: 'close', handle: fields.handle() };
    case requestType.read:
      return { kind: 'read', handle: fields.handle(), offset: fields.uint64(), length: fields.uint32() };
    case requestType.write:
      return { kind: 'write', handle: fields.handle(), offset: fields.uint64(), data: fields.string() };
    case requestType.lstat:
      return { kind: 'lstat', path: fields.string() };
    case requestType.fstat:
      return { kind: 'fstat', handle: fields.handle() };
    case requestType.setstat:
      return { kind: 'setstat', path: fields.string(), attributes: fields.attributes() };
    case requestType.fsetstat:
      return { kind: 'fsetstat', handle: fields.handle(), attributes: fields.attributes() };
    case requestType.opendir:
      return { kind: 'opendir', path: fields.string() };
    case requestType.readdir:
      return { kind: 'readdir', handle: fields.handle() };
    case requestType.remove:
      return { kind: 'remove', path: fields.string() };
    case requestType.mkdir:
      return { kind: 'mkdir', path: fields.string(), attributes: fields.attributes() };
    case requestType.rmdir:
      return { kind: 'rmdir', path: fields.string() };
    case requestType.realpath:
      return { kind: 'realpath', path: fields.string() };
    case requestType.stat:
      return { kind: 'stat', path: fields.string() };
    case requestType.rename:
      return { kind: 'rename', path: fields.string(), to: fields.string(), replaces: false };
    case requestType.readlink:
      return { kind: 'readlink', path: fields.string() };
    case requestType.extended:
      return extendedAction(fields);
    // Among them symlink: no links are made on the medium.
    default:
      return { kind: 'unsupported' };
  }
}

function extendedAction(fields: Fields): Action {
  switch (fields.string().toString('latin1')) {
    case 'posix-rename@openssh.com':
      return { kind: 'rename', path: fields.string(), to: fields.string(), replaces: true };
    case 'statvfs@openssh.com':
      return { kind: 'statvfs', path: fields.string() };
    case 'fsync@openssh.com':
      return { kind: 'fsync', handle: fields.handle() };
    default:
      return { kind: 'unsupported' };
  }
}

/** Reads the fields of one packet. Each method throws a {MalformedPacketError} where the packet ends too early. */
class Fields {
  readonly #packet: Buffer;
  #at = 0;

  constructor(packet: Buffer) {
    this.#packet = packet;
  }

  byte(): number {
    return this.#take(1).readUInt8(0);
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  /** Larger numbers than a file can have are malformed. */
  uint64(): number {
    const value = this.#take(8).readBigUInt64BE(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedPacketError('a number that is too large');
    return Number(value);
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  handle(): number {
    const text = this.string();
    return text.length === 4 ? text.readUInt32BE(0) : noHandle;
  }

  attributes(): WantedAttributes {
    const flags = this.uint32();
    const has = (flag: number): boolean => (flags & flag) !== 0;
    return {
      ...(has(attributeFlag.size) && { size: this.uint64() }),
      ...(has(attributeFlag.owner) && { owner: { uid: this.uint32(), gid: this.uint32() } }),
      ...(has(attributeFlag.permissions) && { permissions: this.uint32() }),
      ...(has(attributeFlag.times) && { times: { accessed: this.uint32(), modified: this.uint32() } }),
    };
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#packet.length) throw new MalformedPacketError('a packet that ends too early');
    const taken = this.#packet.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
