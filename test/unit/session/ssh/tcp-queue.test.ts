import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { sendQueueOf, unconfirmedBytes } from '../../../../src/session/ssh/tcp-queue.js';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:C0DE 0100007F:0016 01 00000A2F:00000000 01:00000014 00000003  1000        0 4002 2 0000000000000000 20 4 30 10 -1
`;

it('the send queue of a socket is read from the table of the kernel', () => {
  expect(sendQueueOf('4002', table)).toBe(0xa2f);
  expect(sendQueueOf('4001', table)).toBe(0);
  expect(sendQueueOf('400', table)).toBeUndefined();
  expect(sendQueueOf('4001', 'nothing of the kind')).toBeUndefined();
});

it.each(['127.0.0.1', '::1'])(
  'what the other side has taken is confirmed, whether it reads or not: %s',
  async (host) => {
    const peers: Socket[] = [];
    const server = createServer({ pauseOnConnect: true }, (socket) => peers.push(socket));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const socket = connect((server.address() as { port: number }).port, host);
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => socket.write('hello', resolve));
    await expect.poll(() => unconfirmedBytes(socket)).toBe(0);
    // More than the other side has room for.
    socket.write(Buffer.alloc(32 * 1024 * 1024));
    await expect.poll(() => unconfirmedBytes(socket)).toBeGreaterThan(0);
    for (const one of [socket, ...peers]) one.destroy();
    expect(unconfirmedBytes(socket)).toBeUndefined();
    server.close();
  },
);
