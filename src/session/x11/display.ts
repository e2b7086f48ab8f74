import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { parseDisplay, type X11Display } from './display-name.js';
import { findCookie, type X11Cookie } from './xauthority.js';

/** There is no display to forward to. `value` is the value of DISPLAY. */
export class DisplayError extends Error {
  readonly code = 'no-display';

  constructor(readonly value: string | undefined) {
    super(value === undefined || value === '' ? 'DISPLAY is not set' : `DISPLAY names no display: ${value}`);
    this.name = 'DisplayError';
  }
}

/** Maximum size of an Xauthority file, in bytes. */
const maxXauthorityBytes = 1024 * 1024;

/**
 * The display of this process, and its cookie where there is one: from DISPLAY, and from XAUTHORITY or else
 * ~/.Xauthority. A missing or unreadable file means no cookie, as with Xlib.
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
  return { display, cookie: findCookie(readStart(file), display, hostname()) };
}

/** Records of the Xauthority file hold addresses, so a name is resolved once. An unresolvable one fails at connecting. */
async function withAddress(display: X11Display): Promise<X11Display> {
  if ('path' in display.socket || isIP(display.socket.host) !== 0) return display;
  try {
    const { lookup } = await import('node:dns/promises');
    const { address } = await lookup(display.socket.host);
    return { ...display, socket: { ...display.socket, host: address } };
  } catch {
    return display;
  }
}

/** At once, because the window waits for it. */
function readStart(file: string): Buffer {
  try {
    const fd = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(fstatSync(fd).size, maxXauthorityBytes));
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
