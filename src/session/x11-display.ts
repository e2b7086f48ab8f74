import { lookup } from 'node:dns/promises';
import { open } from 'node:fs/promises';
import { isIP } from 'node:net';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { findCookie, type X11Cookie } from './xauthority.js';

/** An X display that a client can connect to. */
export interface X11Display {
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly number: number;
  readonly screen: number;
}

/** There is no display to forward to. `value` is what DISPLAY held. */
export class DisplayError extends Error {
  readonly code = 'no-display';

  constructor(readonly value: string | undefined) {
    super(value === undefined || value === '' ? 'DISPLAY is not set' : `DISPLAY names no display: ${value}`);
    this.name = 'DisplayError';
  }
}

/** The X11 protocol's TCP port of display 0. */
const firstPort = 6_000;
const highestNumber = 65_535 - firstPort;
/** No Xauthority file that is meant is longer, in bytes. */
const longestXauthority = 1024 * 1024;

/**
 * Reads a display's name as Xlib and XCB do: `:0`, `:0.1`, `unix:3`, `unix/any:3`, `host:2`, `tcp/host:2`, `[::1]:0`,
 * or the path of a socket.
 * @returns undefined for anything else
 */
export function parseDisplay(text: string): X11Display | undefined {
  const path = /^(?:unix:)?(\/[^\0]+)$/.exec(text)?.[1];
  if (path !== undefined) return { socket: { path }, number: 0, screen: 0 };
  const match = /^(?:(unix|local|tcp|inet6?)\/)?([^/\s]*):(\d{1,5})(?:\.(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const [, protocol, hostText = '', numberText, screenText = '0'] = match;
  const number = Number(numberText);
  const screen = Number(screenText);
  if (number > highestNumber || screen > 65_535) return undefined;
  const viaTcp = protocol !== undefined && protocol !== 'unix' && protocol !== 'local';
  if (protocol === 'unix' || protocol === 'local' || (!viaTcp && (hostText === '' || hostText === 'unix'))) {
    return { socket: { path: `/tmp/.X11-unix/X${number}` }, number, screen };
  }
  const host = /^\[(.+)\]$/.exec(hostText)?.[1] ?? hostText;
  // What is left with a colon and is no IPv6 address is DECnet's `host::0`, or a slip.
  if (host.includes(':') && isIP(host) !== 6) return undefined;
  return { socket: { host: host === '' ? 'localhost' : host, port: firstPort + number }, number, screen };
}

/**
 * The display of this process, and the cookie that opens it where there is one: from DISPLAY, and from XAUTHORITY or
 * else ~/.Xauthority. A file that is missing or unreadable is no cookie, as with Xlib.
 * @throws {DisplayError} code `no-display`
 */
export async function readDisplay(
  environment: NodeJS.ProcessEnv,
): Promise<{ display: X11Display; cookie: X11Cookie | undefined }> {
  const name = environment.DISPLAY;
  const parsed = parseDisplay(name ?? '');
  if (!parsed) throw new DisplayError(name);
  const display = await withAddress(parsed);
  const file = environment.XAUTHORITY || join(environment.HOME || homedir(), '.Xauthority');
  return { display, cookie: findCookie(await readStart(file), display, hostname()) };
}

/** Records of the Xauthority file hold addresses, so a name is resolved once. An unresolvable one fails at connecting. */
async function withAddress(display: X11Display): Promise<X11Display> {
  if ('path' in display.socket || isIP(display.socket.host) !== 0) return display;
  try {
    const { address } = await lookup(display.socket.host);
    return { ...display, socket: { ...display.socket, host: address } };
  } catch {
    return display;
  }
}

async function readStart(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(Math.min((await handle.stat()).size, longestXauthority));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return Buffer.alloc(0);
  }
}
