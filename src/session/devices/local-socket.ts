import { connect, type Socket } from 'node:net';

/** Connects to a socket of this machine. @throws the error of the system */
export function connectLocally(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The other end may still talk after its program has stopped asking, as HTTP does.
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
