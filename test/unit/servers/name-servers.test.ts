import { createSocket, type Socket } from 'node:dgram';
import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { askNameServers, nameServersOf, systemResolverConfig } from '../../../src/servers/dns/name-servers.js';
import type { DnsReply, Resolver } from '../../../src/servers/dns/query.js';
import { parseResolvConf } from '../../../src/servers/dns/resolv-conf.js';
import { useGivenClock } from '../support/given-clock.js';

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

const { pass, settle } = useGivenClock();

/** A question, and the reply as soon as there is one. */
function ask(resolvers: readonly Resolver[], attempts = 2) {
  const caller = new AbortController();
  const question: { reply: DnsReply | undefined; abort: () => void; replied: () => Promise<DnsReply | undefined> } = {
    reply: undefined,
    abort: () => caller.abort(),
    replied: async () => {
      for (let tries = 0; tries < 20 && question.reply === undefined; tries += 1)
        await settle(() => question.reply !== undefined);
      return question.reply;
    },
  };
  const timeouts = { timeoutMs: 60_000, attempts };
  void askNameServers({ name: 'app1.school.test', type: 'A' }, { resolvers, ...timeouts }, caller.signal).then(
    (reply) => {
      question.reply = reply;
    },
  );
  return question;
}

describe('name servers', () => {
  it('are asked one after the other, 300 ms after a silent one', async () => {
    const [silent, living] = [await nameServer(undefined), await nameServer(0)];
    const { replied } = ask([silent, living]);
    await pass(299);
    expect([silent.asked, living.asked]).toEqual([1, 0]);
    await pass(1);
    expect(await replied()).toMatchObject({ kind: 'answered' });
    expect([silent.asked, living.asked]).toEqual([1, 1]);
  });

  it('that are silent are asked once, and no more while another one answers', async () => {
    const [dead, living] = [await nameServer(undefined), await nameServer(0)];
    const first = ask([dead, living]);
    await pass(300);
    expect(await first.replied()).toMatchObject({ kind: 'answered' });
    for (let questions = 0; questions < 2; questions += 1) {
      expect(await ask([dead, living]).replied()).toMatchObject({ kind: 'answered' });
    }
    expect({ dead: dead.asked, living: living.asked }).toEqual({ dead: 1, living: 3 });
  });

  it.each([
    [299, [2, 0]],
    [300, [1, 1]],
  ])('that had %i ms for a question that nobody waits for any more: %j', async (ms, [first, second]) => {
    const [silent, living] = [await nameServer(undefined), await nameServer(0)];
    const question = ask([silent], 1);
    await pass(ms);
    question.abort();
    expect(await question.replied()).toEqual({
      kind: 'failed',
      answered: false,
      problem: '127.0.0.1: no answer in time',
    });
    const again = ask([silent, living]);
    await settle(() => living.asked > 0);
    again.abort();
    expect([silent.asked, living.asked]).toEqual([first, second]);
  });

  it.each([0, 2])(
    'that were silent are asked first again once they have answered, also with code %i',
    async (rcode) => {
      const [first, second] = [await nameServer(undefined), await nameServer(0)];
      const question = ask([first, second]);
      await pass(300);
      await question.replied();
      [first.rcode, second.rcode] = [rcode, 2];
      await ask([first, second], 1).replied();
      expect([first.asked, second.asked]).toEqual([2, 2]);
      first.rcode = 0;
      expect(await ask([first, second]).replied()).toMatchObject({ kind: 'answered' });
      expect([first.asked, second.asked]).toEqual([3, 2]);
    },
  );

  it.each([
    ['before', [undefined, 2]],
    ['after', [2, undefined]],
  ])('that are silent have a second, where another one fails that was asked %s them', async (_, rcodes) => {
    const servers = await Promise.all(rcodes.map(nameServer));
    const silent = servers.find(({ rcode }) => rcode === undefined);
    const question = ask(servers, 1);
    await settle(() => silent?.asked === 1);
    await pass(300);
    await pass(699);
    expect(question.reply).toBeUndefined();
    await pass(1);
    expect(await question.replied()).toMatchObject({ kind: 'failed', answered: true });
    const problems = question.reply?.kind === 'failed' ? question.reply.problem.split('; ').sort() : [];
    expect(problems).toEqual(['127.0.0.1: answered with code 2', '127.0.0.1: no answer in time']);
    // From now on, the silent name server comes last.
    const other = servers.find(({ rcode }) => rcode === 2) ?? (await nameServer(0));
    other.rcode = 0;
    expect(await ask(servers).replied()).toMatchObject({ kind: 'answered' });
    expect(silent?.asked).toBe(1);
  });

  it('have all their time while nobody has failed', async () => {
    const question = ask([await nameServer(undefined), await nameServer(undefined)], 1);
    await pass(300);
    await pass(30_000);
    expect(question.reply).toBeUndefined();
    question.abort();
    expect(await question.replied()).toMatchObject({ kind: 'failed', answered: false });
  });

  it.each([2, 5])('that answer with code %i are followed by the next one', async (rcode) => {
    expect(await ask([await nameServer(rcode), await nameServer(0)]).replied()).toMatchObject({ kind: 'answered' });
  });

  it('that all fail are asked as often as configured, and what they say is told once', async () => {
    const failing = await nameServer(2);
    expect(await ask([failing], 3).replied()).toEqual({
      kind: 'failed',
      answered: true,
      problem: '127.0.0.1: answered with code 2',
    });
    expect(failing.asked).toBe(3);
  });

  it('are missed where there is none', async () => {
    expect(await ask([]).replied()).toEqual({
      kind: 'failed',
      answered: false,
      problem: 'no name server is configured',
    });
  });

  it('begin with any of them under `options rotate`, and with the first one otherwise', () => {
    const text = 'nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n';
    const order = (options: string, random: number) =>
      nameServersOf(parseResolvConf(text + options, ''), () => random).resolvers.map(({ address }) => address);
    expect(order('', 0.5)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(order('options rotate', 0.5)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.1']);
    expect(order('options rotate', 0.99)).toEqual(['10.0.0.3', '10.0.0.1', '10.0.0.2']);
  });

  it('are this machine without resolv.conf', () => {
    expect(systemResolverConfig('/nowhere/resolv.conf')).toMatchObject({
      nameservers: ['127.0.0.1'],
      isConfigured: false,
      ndots: 1,
    });
  });
});
