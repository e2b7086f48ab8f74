import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Desktop } from './desktop.js';

const run = promisify(execFile);

/**
 * Asks a window to close, as the close button of a title bar does, by the client message WM_DELETE_WINDOW (ICCCM
 * 4.2.8.1). No tool on Debian 12 sends it without a window manager.
 */
export async function closeWindow(desktop: Desktop, title: string): Promise<void> {
  const found = await run('xdotool', ['search', '--onlyvisible', '--name', `^${title}$`], { env: desktop.env });
  const window = Number(found.stdout.trim().split('\n')[0]);
  const x = connect(`/tmp/.X11-unix/X${desktop.display.slice(1)}`);
  try {
    await once(x, 'connect');
    await setUp(x, readFileSync(desktop.env.XAUTHORITY ?? '').subarray(-16));
    const protocols = await internAtom(x, 'WM_PROTOCOLS');
    const deleteWindow = await internAtom(x, 'WM_DELETE_WINDOW');
    const request = Buffer.alloc(44);
    request.writeUInt8(25, 0); // SendEvent
    request.writeUInt16LE(11, 2);
    request.writeUInt32LE(window, 4);
    request.writeUInt8(33, 12); // ClientMessage
    request.writeUInt8(32, 13);
    request.writeUInt32LE(window, 16);
    request.writeUInt32LE(protocols, 20);
    request.writeUInt32LE(deleteWindow, 24);
    x.write(request);
    // The answer to any other request tells that this one is done.
    await internAtom(x, 'WM_PROTOCOLS');
  } finally {
    x.destroy();
  }
}

/** X11 protocol, section 8: connection set-up, little-endian. */
async function setUp(x: Socket, cookie: Buffer): Promise<void> {
  const name = Buffer.from('MIT-MAGIC-COOKIE-1\0\0');
  const head = Buffer.alloc(12);
  head.write('l', 0);
  head.writeUInt16LE(11, 2);
  head.writeUInt16LE(18, 6);
  head.writeUInt16LE(cookie.length, 8);
  x.write(Buffer.concat([head, name, cookie]));
  const answer = await read(x, 8);
  if (answer[0] !== 1) throw new Error('the X server refused the connection');
  await read(x, answer.readUInt16LE(6) * 4);
}

async function internAtom(x: Socket, name: string): Promise<number> {
  const padded = Buffer.alloc(Math.ceil(name.length / 4) * 4);
  padded.write(name);
  const head = Buffer.alloc(8);
  head.writeUInt8(16, 0);
  head.writeUInt16LE(2 + padded.length / 4, 2);
  head.writeUInt16LE(name.length, 4);
  x.write(Buffer.concat([head, padded]));
  return (await read(x, 32)).readUInt32LE(8);
}

async function read(x: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const data: Buffer | null = x.read(bytes);
    if (data !== null) return data;
    await once(x, 'readable');
  }
}
