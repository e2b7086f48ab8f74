import { connect, type NetConnectOpts, type Socket } from 'node:net';

const bufferSize = 64 * 1024;
/** What is longer keeps its buffer, and the next read gets a new one. Copying costs less for what is shorter. */
const maxCopied = 8 * 1024;

/**
 * Connects like Node's `connect`. By itself Node allocates 64 KiB for each read and cuts them to what came, which costs
 * more than a small read itself. This socket reads into one buffer.
 */
export function connectKept(options: NetConnectOpts): Socket {
  let kept = Buffer.allocUnsafeSlow(bufferSize);
  const socket: Socket = connect({
    ...options,
    onread: {
      buffer: () => kept,
      callback(length): boolean {
        let chunk = kept.subarray(0, length);
        if (length <= maxCopied) chunk = Buffer.from(chunk);
        else kept = Buffer.allocUnsafeSlow(bufferSize);
        // The readers of a flowing stream get it without the stream's queue.
        if (!socket.readableFlowing || socket.readableLength > 0) return socket.push(chunk);
        socket.emit('data', chunk);
        return true;
      },
    },
  });
  return socket;
}
