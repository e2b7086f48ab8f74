import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Listening } from './info-service.js';

/** As small as Linux makes it: two connections wait to be taken, and to whoever comes then nothing is answered. */
const backlog = 1;
const waitingConnections = backlog + 1;

/**
 * A thread that listens and then stands still for ever, so that its connections are never taken. (A server of the main
 * thread takes them by itself; to drop packets would need root.)
 */
const program = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer();
  server.on('error', (error) => parentPort.postMessage({ failed: error.code }));
  server.listen(workerData, () => {
    parentPort.postMessage({ port: server.address().port });
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/**
 * A port that is dead the way a machine is that was switched off: a connection to it is neither taken nor refused.
 * @param port 0: any free one
 * @throws with the system's `code`, such as EADDRINUSE
 */
export async function startSilence(address: string, port: number): Promise<Listening> {
  const worker = new Worker(program, { eval: true, workerData: { host: address, port, backlog } });
  const [message] = (await once(worker, 'message')) as [{ port: number } | { failed: string }];
  if ('failed' in message) {
    await worker.terminate();
    throw Object.assign(new Error(`cannot listen on ${address}:${port}: ${message.failed}`), { code: message.failed });
  }
  const waiting: Socket[] = [];
  const close = async (): Promise<void> => {
    for (const socket of waiting) socket.destroy();
    await worker.terminate();
  };
  try {
    for (let i = 0; i < waitingConnections; i += 1) {
      const socket = connect(message.port, address);
      waiting.push(socket);
      await once(socket, 'connect');
      socket.on('error', () => {});
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { address, port: message.port, close };
}
