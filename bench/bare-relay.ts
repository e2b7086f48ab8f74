/**
 * Copies between X clients and a display, and does nothing else: the floor for forwarding X11 in Node. It reads and writes as
 * ldm does; relay.c is the same in C.
 *   bare-relay SOCKET DISPLAY-SOCKET
 */
import { connect, createServer, type OnReadOpts, Socket } from 'node:net';
import { writeNow } from '../src/shared/write-now.js';

const [, , path = '', displayPath = ''] = process.argv;

/** Reads into one buffer, which Node does only for a socket that is made with it. */
function reader(to: () => Socket): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  return { buffer, callback: (length) => writeNow(to(), Buffer.from(buffer.subarray(0, length))) };
}

createServer({ pauseOnConnect: true }, (accepted) => {
  const inside = accepted as unknown as { _handle: unknown };
  const handle = inside._handle;
  inside._handle = null;
  const display = connect({ path: displayPath, onread: reader(() => client) });
  const client = new Socket({ handle, onread: reader(() => display) } as ConstructorParameters<typeof Socket>[0]);
  for (const [one, other] of [
    [client, display],
    [display, client],
  ] as const) {
    one.on('drain', () => other.resume()).on('end', () => other.end());
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
  display.once('connect', () => client.resume());
}).listen(path);
