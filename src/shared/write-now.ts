import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Node has no public way to the descriptor of a socket. */
interface SocketInside {
  readonly _handle?: { readonly fd?: number } | null;
}

/**
 * Writes to a socket what the kernel takes at once, without the objects that a stream makes for each write. The rest goes
 * through the stream, and so does everything while earlier data waits there.
 * @param write of the stream
 * @returns like `write`: false when the caller should wait for `drain`. Then the stream holds the data.
 */
export function writeNow(
  socket: Socket,
  data: Buffer,
  write: (data: Buffer) => boolean = (rest) => socket.write(rest),
): boolean {
  const taken = writeAtOnce(socket, data);
  if (taken === data.length) return true;
  return write(taken === 0 ? data : data.subarray(taken));
}

/** @returns how many bytes the kernel took */
function writeAtOnce(socket: Socket, data: Buffer): number {
  if (socket.writableLength > 0 || socket.writableCorked > 0 || !socket.writable || socket.connecting) return 0;
  // Read each time: a closed socket has none, and its number may belong to another file by now.
  const fd = (socket as unknown as SocketInside)._handle?.fd;
  if (fd === undefined || fd < 0) return 0;
  try {
    return writeSync(fd, data);
  } catch {
    // The kernel takes nothing now (EAGAIN). Any other error comes again from the stream, which reports it.
    return 0;
  }
}

/**
 * From now on every write of buffers goes past the stream like {@link writeNow}. `bytesWritten` counts the others alone.
 * @param onWritten hears of each buffer whether the kernel has taken all of it; otherwise the stream holds it
 */
export function alwaysWriteNow(socket: Socket, onWritten: (data: Buffer, isTaken: boolean) => void): void {
  const write = socket.write.bind(socket);
  socket.write = ((...values: Parameters<typeof write>) => {
    const [data] = values;
    if (values.length > 1 || !Buffer.isBuffer(data)) return write(...values);
    let isTaken = true;
    const result = writeNow(socket, data, (rest) => {
      isTaken = false;
      return write(rest);
    });
    onWritten(data, isTaken);
    return result;
  }) as typeof socket.write;
}
