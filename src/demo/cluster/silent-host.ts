import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Listening } from './info-service.js';

/** The minimum on Linux: two connections wait to be accepted, and further ones get no answer. */
const backlog = 1;
const waitingConnections = backlog + 1;

/**
 * A thread that listens and then blocks forever, so that its connections are never accepted. (A server of the main thread
 * accepts them automatically, and dropping packets would need root.)
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
 * A port that behaves like that of a machine that is switched off: it neither accepts nor refuses connections.
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
