import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { enforceLimits } from '../../../../src/session/ssh2/limits.js';
import { type LyingServer, startLyingServer } from '../../support/lying-server.js';

let server: LyingServer | undefined;
let socket: Socket | undefined;
afterEach(() => {
  socket?.destroy();
  server?.stop();
  server = undefined;
});

/** SSH_MSG_GLOBAL_REQUEST `keepalive@openssh.com` that wants a reply (RFC 4254 section 4). */
const keepalive = Buffer.concat([
  Buffer.from([80, 0, 0, 0, 21]),
  Buffer.from('keepalive@openssh.com'),
  Buffer.from([1]),
]);

describe('a server that asks without end and reads no reply', () => {
  // Megabytes of requests: more than a few seconds where others use the processors.
  it('loses the connection once more waits for it than the limit', { timeout: 60_000 }, async () => {
    const maxUnread = 256 * 1024;
    server = await startLyingServer({
      lie(liar) {
        liar.socket.pause();
        const ask = (): void => {
          for (let i = 0; i < 100 && !liar.socket.destroyed; i += 1) liar.packet(keepalive);
          if (!liar.socket.destroyed) setImmediate(ask);
        };
        ask();
      },
    });
    socket = connect(server.port, '127.0.0.1');
    const failed = once(socket, 'error');
    const client = new Client();
    client.on('error', () => {});
    client.connect({ sock: socket, username: 'anna', password: 'x', hostVerifier: () => true });
    enforceLimits(client, socket, maxUnread);
    await once(client, 'ready');
    client.exec('true', () => {});
    expect(await failed).toEqual([expect.objectContaining({ code: 'protocol-limit' })]);
  });
});

describe('the inside of ssh2', () => {
  it('is refused if the limits were made for another version', () => {
    const other = { _protocol: { _handlers: {} } } as unknown as Client;
    socket = connect({ port: 1, host: '127.0.0.1' }).on('error', () => {});
    const target = socket;
    expect(() => enforceLimits(other, target)).toThrow(TypeError);
  });
});
