/**
 * bench/relay.c in Node, with reads into kept buffers and writes past the streams, as ldm forwards X11, and nothing else of
 * ldm: the floor for small requests.
 *   bare-relay LISTEN CONNECT   two Unix sockets
 */
import { connect, createServer, type OnReadOpts, Socket } from 'node:net';
import { writeNow } from '../src/shared/write-now.js';

const [, , listen = '', display = ''] = process.argv;
const kept = Buffer.allocUnsafeSlow(64 * 1024);
const passTo = (other: () => Socket | undefined): OnReadOpts => ({
  buffer: kept,
  callback: (length) => {
    const socket = other();
    // What the kernel does not take is kept by the stream, so the buffer must not be used again.
    return (
      socket === undefined || writeNow(socket, kept.subarray(0, length), (rest) => socket.write(Buffer.from(rest)))
    );
  },
});

createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
  // Node has no public way to read an accepted connection into a kept buffer.
  const { _handle: handle } = accepted as unknown as { _handle: unknown };
  const server = connect({ path: display, onread: passTo(() => client) });
  const client = new Socket({ handle, onread: passTo(() => server) } as unknown as ConstructorParameters<
    typeof Socket
  >[0]);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('drain', () => other.resume());
    one.on('close', () => other.destroy()).on('error', () => {});
  }
  server.once('connect', () => client.resume());
}).listen(listen);
