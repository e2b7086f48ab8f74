import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Connects to a service of this machine. @throws the error of the system */
export function connectLocally(service: NetConnectOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The other end may still talk after its program has stopped asking, as HTTP does.
    const socket = connect({ ...service, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
