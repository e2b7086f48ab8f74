import { createSocket, type Socket } from 'node:dgram';
import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { listBySrv } from '../../../src/servers/discovery/srv-list.js';
import { address } from '../../support/statuses.js';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

type Record = readonly [target: string, priority: number, weight: number, port?: number];

/** The list by a name server on loopback that gives these records. Each draw gives one half. */
async function listOf(records: readonly Record[], sshPort = 22) {
  const socket = createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.on('message', (message, from) => {
    const { id, questions = [] } = dns.decode(message);
    const answers = records.map(
      ([target, priority, weight, port = 22]): dns.Answer => ({
        type: 'SRV',
        name: questions[0]?.name ?? '',
        ttl: 1,
        class: 'IN',
        data: { priority, weight, port, target },
      }),
    );
    socket.send(dns.encode({ type: 'response', id, flags: 0, questions, answers }), from.port, from.address);
  });
  const resolvers = [{ address: '127.0.0.1', port: socket.address().port }];
  const options = { resolvers, search: [], ndots: 1, timeoutMs: 2_000, attempts: 2, limitMs: 4_000 };
  return listBySrv('_ldm._tcp.school.example', sshPort, () => 0.5, options);
}

describe('the list by SRV', () => {
  it('is in the order of the priorities, and within one drawn by weight, whatever the order in DNS', async () => {
    const list = await listOf([
      ['spare', 20, 100],
      ['light', 10, 1],
      ['last', 20, 0],
      ['heavy', 10, 9],
    ]);
    expect(list.servers.map(({ name }) => name)).toEqual(['heavy', 'light', 'spare', 'last']);
  });

  it('tells the pool and the weight of each server, and no weight for 0', async () => {
    const { poolOf, weightOf } = await listOf([
      ['a', 10, 7],
      ['b', 20, 0],
    ]);
    const [a, b, other] = [address('A.'), address('b'), address('c')];
    expect([a, b, other].map(poolOf)).toEqual([10, 20, 0]);
    expect([a, b, other].map(weightOf)).toEqual([7, undefined, undefined]);
  });

  it('counts the first of several records for one server', async () => {
    const { servers, poolOf, weightOf } = await listOf([
      ['a', 20, 9],
      ['A', 10, 3],
      ['a', 30, 5],
    ]);
    expect(servers).toHaveLength(1);
    expect(poolOf(address('a'))).toBe(10);
    expect(weightOf(address('a'))).toBe(3);
  });

  it('names the port where it is not the usual one of the settings', async () => {
    const records = [['a', 10, 0, 2222] as const, ['a', 10, 0, 22] as const];
    expect((await listOf(records)).servers.map(({ name }) => name).sort()).toEqual(['a', 'a:2222']);
    expect((await listOf(records, 2222)).servers.map(({ name }) => name).sort()).toEqual(['a', 'a:22']);
  });

  it.each([
    ['has the target "."', [['', 0, 0] as const]],
    ['has the port 0', [['a', 0, 0, 0] as const]],
  ])('is refused where the one record %s', async (_, records) => {
    await expect(listOf(records)).rejects.toMatchObject({ code: 'not-offered' });
  });

  it('is refused where no target is a host name', async () => {
    await expect(listOf([['bad name', 0, 0]])).rejects.toMatchObject({ name: 'SrvError', code: 'no-host-name' });
  });
});
