import { createSocket, type Socket } from 'node:dgram';
import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { askNameServers, nameServersOf } from '../../../src/servers/dns/name-servers.js';
import type { Resolver } from '../../../src/servers/dns/query.js';
import { parseResolvConf } from '../../../src/servers/dns/resolv-conf.js';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A name server on loopback. @param rcode of its answers, 0 with an address; undefined where it never answers */
async function nameServer(rcode: number | undefined): Promise<Resolver & { asked: number; rcode: number | undefined }> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const server = { address: '127.0.0.1', port: socket.address().port, asked: 0, rcode };
  socket.on('message', (message, from) => {
    server.asked += 1;
    if (server.rcode === undefined) return;
    const { id, questions = [] } = dns.decode(message);
    const answers: dns.Answer[] = questions.map(({ name }) => ({ type: 'A', name, ttl: 1, data: '10.0.0.1' }));
    const flags = server.rcode;
    socket.send(
      dns.encode({ type: 'response', id, flags, questions, answers: flags === 0 ? answers : [] }),
      from.port,
      from.address,
    );
  });
  return server;
}

const ask = (resolvers: readonly Resolver[]) =>
  askNameServers(
    { name: 'app1.school.test', type: 'A' },
    { resolvers, timeoutMs: 5_000, attempts: 2 },
    new AbortController().signal,
  );

describe('name servers', () => {
  it('that are silent are asked once, and no more while another one answers', async () => {
    const [dead, living] = [await nameServer(undefined), await nameServer(0)];
    for (let questions = 0; questions < 3; questions += 1) {
      expect(await ask([dead, living])).toMatchObject({ kind: 'answered' });
    }
    expect({ dead: dead.asked, living: living.asked }).toEqual({ dead: 1, living: 3 });
  });

  it('that were silent are asked first again once they have answered', async () => {
    const [first, second] = [await nameServer(undefined), await nameServer(0)];
    await ask([first, second]);
    [first.rcode, second.rcode] = [0, 2];
    await ask([first, second]);
    const before = second.asked;
    expect(await ask([first, second])).toMatchObject({ kind: 'answered' });
    expect(second.asked).toBe(before);
  });

  it.each([2, 5])('that answer with code %i are followed by the next one', async (rcode) => {
    expect(await ask([await nameServer(rcode), await nameServer(0)])).toMatchObject({ kind: 'answered' });
    expect(await ask([await nameServer(rcode)])).toMatchObject({ kind: 'failed', answered: true });
  });

  it('begin with any of them under `options rotate`, and with the first one otherwise', () => {
    const text = 'nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n';
    const order = (options: string, random: number) =>
      nameServersOf(parseResolvConf(text + options, ''), () => random).resolvers.map(({ address }) => address);
    expect(order('', 0.5)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(order('options rotate', 0.5)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.1']);
    expect(order('options rotate', 0.99)).toEqual(['10.0.0.3', '10.0.0.1', '10.0.0.2']);
  });
});
