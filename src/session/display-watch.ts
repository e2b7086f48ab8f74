import { connect } from 'node:net';
import type { X11Display } from './x11-display.js';
import { withAuthorization } from './x11-setup.js';
import type { X11Cookie } from './xauthority.js';

/** A client that asks for nothing: little-endian, X11 version 11.0. */
const setup = {
  order: 'little',
  authorization: { name: '', data: Buffer.alloc(0) },
  header: Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
} as const;
/** First byte of the answer to a client that is let in. */
const success = 1;

/**
 * Notices the end of the X server by a connection of its own: a session that shows nothing at that moment, or whose
 * programs do not care, would go on without a screen.
 * @param ended called at the end of the X server; never where it has not let us in
 * @returns stops watching
 */
export function watchDisplay(display: X11Display, cookie: X11Cookie | undefined, ended: () => void): () => void {
  const socket = connect('path' in display.socket ? { path: display.socket.path } : display.socket);
  let isIn = false;
  let isWatched = true;
  socket.once('connect', () => socket.write(withAuthorization(setup, cookie)));
  // Events for all clients come too; unread they would fill the X server's buffers.
  socket.on('data', (chunk: Buffer) => {
    isIn ||= chunk[0] === success;
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    if (isIn && isWatched) ended();
  });
  return () => {
    isWatched = false;
    socket.destroy();
  };
}
