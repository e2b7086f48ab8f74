import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { alternateFamilies, dial } from '../../../src/servers/dial.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** One port on several addresses of loopback; the kernel refuses it on all others. */
async function listenOn(...addresses: readonly string[]): Promise<number> {
  let port = 0;
  for (const address of addresses) {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    port = (server.address() as { port: number }).port;
  }
  return port;
}

/** Nobody answers there: IPv4's block for documentation. Without a route it is refused at once, which is as good. */
const dead = '192.0.2.1';

const connected = async (port: number, addresses: readonly string[] | Error, first?: string) => {
  const attempts: string[] = [];
  const options = {
    timeoutMs: 2_000,
    first,
    onAttempt: (address: string) => attempts.push(address),
    signal: AbortSignal.timeout(5_000),
    lookup: async () => {
      if (addresses instanceof Error) throw addresses;
      return addresses;
    },
  };
  const socket = await dial('app1', port, options);
  const { remoteAddress } = socket;
  socket.destroy();
  return { remoteAddress, attempts };
};

describe('connecting to a host with several addresses', () => {
  it('goes on from an address that refuses and from one that is silent', async () => {
    const port = await listenOn('127.0.0.3');
    const addresses = ['127.0.0.2', dead, '127.0.0.3'];
    expect(await connected(port, addresses)).toEqual({ remoteAddress: '127.0.0.3', attempts: addresses });
  });

  it('begins with the address that answered before, and does not need the name for it', async () => {
    const port = await listenOn('127.0.0.4');
    const unresolvable = new Error('no such name');
    expect(await connected(port, unresolvable, '127.0.0.4')).toMatchObject({ remoteAddress: '127.0.0.4' });
  });

  it.each(['127.0.0.2', dead])(
    'continues with the addresses of the name when the address that answered before is dead: %s',
    async (first) => {
      const port = await listenOn('127.0.0.3');
      expect(await connected(port, ['127.0.0.3'], first)).toEqual({
        remoteAddress: '127.0.0.3',
        attempts: [first, '127.0.0.3'],
      });
    },
  );

  it('tells of each address what it failed of, and of the name where it has none', async () => {
    const port = await listenOn('127.0.0.5');
    await expect(connected(port, ['127.0.0.2', '127.0.0.3'])).rejects.toMatchObject({
      errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }],
    });
    await expect(connected(port, new Error('no such name'))).rejects.toThrow('no such name');
    await expect(connected(port, new Error('no such name'), '127.0.0.2')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('ends when it is no longer wanted', async () => {
    const signal = AbortSignal.timeout(50);
    const lookup = async () => [dead];
    await expect(dial('app1', 9, { timeoutMs: 2_000, signal, lookup })).rejects.toBeDefined();
  });

  it('takes the families in turn', () => {
    expect(alternateFamilies(['::1', '::2', '::3', '10.0.0.1', '10.0.0.2'])).toEqual([
      '::1',
      '10.0.0.1',
      '::2',
      '10.0.0.2',
      '::3',
    ]);
    expect(alternateFamilies(['10.0.0.1', '::1', '::2'])).toEqual(['10.0.0.1', '::1', '::2']);
    expect(alternateFamilies(['::1', '10.0.0.1'], '10.0.0.1')).toEqual(['10.0.0.1', '::1']);
    expect(alternateFamilies([])).toEqual([]);
  });
});
