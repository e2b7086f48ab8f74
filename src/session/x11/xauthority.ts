/** Xauthority files: which cookie opens which display. The format is libXau's (AuRead.c), the choice XauGetBestAuthByAddr's. */

import { bytesOfAddress } from '../../shared/ip-address.js';
import type { X11Display } from './display-name.js';

export interface X11Cookie {
  readonly protocol: 'MIT-MAGIC-COOKIE-1';
  readonly data: Buffer;
}

/** One record of the file. */
interface Entry {
  readonly family: number;
  readonly address: Buffer;
  readonly number: string;
  readonly name: string;
  readonly data: Buffer;
}

/** Xauth.h */
const family = { internet: 0, internet6: 6, local: 256, wild: 65_535 } as const;

/**
 * The cookie for a display: the first that fits, as libXau finds it for a client that has this protocol alone. Records
 * before a broken record count; nothing after it does.
 * @param xauthority the file's bytes
 * @param display where `host` is a name, only wild records fit; resolve it before
 * @param hostName this machine's name, under which records for local displays stand
 */
export function findCookie(xauthority: Buffer, display: X11Display, hostName: string): X11Cookie | undefined {
  const wanted = addressOf(display, hostName);
  for (const entry of readEntries(xauthority)) {
    const sameAddress =
      entry.family === family.wild || (entry.family === wanted?.family && entry.address.equals(wanted.address));
    const sameNumber = entry.number === '' || entry.number === String(display.number);
    if (sameAddress && sameNumber && entry.name === 'MIT-MAGIC-COOKIE-1') {
      // A copy: the file's other secrets need not live as long.
      return { protocol: entry.name, data: Buffer.from(entry.data) };
    }
  }
  return undefined;
}

/** Family and address as XCB asks for them (get_authptr): the loopback addresses count as local. */
function addressOf(display: X11Display, hostName: string): { family: number; address: Buffer } | undefined {
  const local = { family: family.local, address: Buffer.from(hostName) };
  if ('path' in display.socket) return local;
  const host = display.socket.host.replace(/^::ffff:(?=\d+\.)/i, '');
  if (host === '127.0.0.1' || host === '::1' || host === 'localhost') return local;
  const bytes = bytesOfAddress(host);
  if (bytes.length === 0) return undefined;
  return { family: bytes.length === 4 ? family.internet : family.internet6, address: Buffer.from(bytes) };
}

function* readEntries(file: Buffer): Generator<Entry> {
  let offset = 0;
  const number16 = (): number | undefined => {
    if (offset + 2 > file.length) return undefined;
    offset += 2;
    return file.readUInt16BE(offset - 2);
  };
  const counted = (): Buffer | undefined => {
    const length = number16();
    if (length === undefined || offset + length > file.length) return undefined;
    offset += length;
    return file.subarray(offset - length, offset);
  };
  for (;;) {
    const entryFamily = number16();
    const address = counted();
    const number = counted();
    const name = counted();
    const data = counted();
    if (entryFamily === undefined || !address || !number || !name || !data) return;
    yield { family: entryFamily, address, number: number.toString('latin1'), name: name.toString('latin1'), data };
  }
}
