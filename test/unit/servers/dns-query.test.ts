import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { querySrv, type SrvOptions } from '../../../src/servers/discovery/srv.js';
import { closeResolvers, cname, framed, reply, resolver, srv } from '../support/fake-resolver.js';

afterEach(closeResolvers);

function options(resolvers: SrvOptions['resolvers'], change: Partial<SrvOptions> = {}): SrvOptions {
  return { resolvers, search: [], ndots: 1, timeoutMs: 600, attempts: 2, limitMs: 3_000, ...change };
}

const name = '_ldm._tcp.school.example';

describe('a resolver', () => {
  it('is asked with EDNS(0), recursion desired, and an id and port that change', async () => {
    const good = await resolver({ udp: (query) => [reply(query, [srv(name, 'a.example')])] });
    for (let i = 0; i < 5; i++) await querySrv(name, options([good]));
    expect(good.heard.every(({ flag_rd }) => flag_rd)).toBe(true);
    expect(good.heard[0]?.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1_232 }]);
    expect(new Set(good.heard.map(({ id }) => id)).size).toBeGreaterThan(3);
  });

  it('that the network cannot reach costs no time, and is no error of this program', async () => {
    // The kernel refuses to send to the broadcast address, as it refuses every address while there is no network.
    const unreachable = { address: '255.255.255.255', port: 53 };
    const good = await resolver({ udp: (query) => [reply(query, [srv(name, 'a.example')])] });
    expect(await querySrv(name, options([unreachable, good]))).toHaveLength(1);
    await expect(querySrv(name, options([unreachable]))).rejects.toThrow('EACCES');
  });

  it('that does not know EDNS is asked without', async () => {
    const old = await resolver({
      udp: (query) => [query.additionals?.length ? reply(query, [], 1) : reply(query, [srv(name, 'a.example')])],
    });
    expect(await querySrv(name, options([old]))).toHaveLength(1);
    expect(old.heard).toHaveLength(2);
  });

  it.each([
    [
      'of another id',
      (query: dns.Packet) => reply({ ...query, id: ((query.id ?? 0) + 1) % 65_536 }, [srv(name, 'evil')]),
    ],
    [
      'to another question',
      (query: dns.Packet) =>
        reply({ ...query, questions: [{ type: 'SRV', name: 'other.example' }] }, [srv(name, 'evil')]),
    ],
    [
      'of another type',
      (query: dns.Packet) => reply({ ...query, questions: [{ type: 'A', name }] }, [srv(name, 'evil')]),
    ],
    ['that is a query', (query: dns.Packet) => dns.encode({ ...query, type: 'query' })],
    ['of 3 bytes', () => Buffer.from([1, 2, 3])],
    ['of 60,000 bytes', () => Buffer.alloc(60_000)],
    [
      'with a pointer that leads to itself',
      (query: dns.Packet) => {
        const message = reply(query, [srv(name, 'evil')]);
        // The first answer's name begins right after the question.
        const at = 12 + name.length + 2 + 4;
        message.writeUInt16BE(0xc000 + at, at);
        return message;
      },
    ],
  ])('is not believed an answer %s, but the right one that follows is', async (_, wrong) => {
    const noisy = await resolver({ udp: (query) => [wrong(query), reply(query, [srv(name, 'right.example')])] });
    expect(await querySrv(name, options([noisy]))).toMatchObject([{ target: 'right.example' }]);
    expect(noisy.heard).toHaveLength(1);
  });

  it('is asked over TCP when its answer was cut', async () => {
    const cut = await resolver({
      udp: (query) => [reply(query, [], dns.TRUNCATED_RESPONSE).subarray(0, 20)],
      tcp: (query) => framed(reply(query, [srv(name, 'a.example'), srv(name, 'b.example')])),
    });
    expect(await querySrv(name, options([cut]))).toHaveLength(2);
  });

  it.each([
    ['hangs up', () => Buffer.alloc(0)],
    ['answers half', (query: dns.Packet) => framed(reply(query, [srv(name, 'a.example')])).subarray(0, 30)],
    ['answers garbage', () => framed(Buffer.alloc(300, 0xc0))],
  ])('that %s over TCP leaves the word to the next one', async (_, tcp) => {
    const cut = await resolver({ udp: (query) => [reply(query, [], dns.TRUNCATED_RESPONSE)], tcp });
    const good = await resolver({ udp: (query) => [reply(query, [srv(name, 'a.example')])] });
    expect(await querySrv(name, options([cut, good]))).toHaveLength(1);
  });

  it('that fails (SERVFAIL) leaves the word to the next one at once', async () => {
    // 20 of them, for which a pause before each next one would add up.
    const failing = await Promise.all(
      Array.from({ length: 20 }, () => resolver({ udp: (query) => [reply(query, [], 2)] })),
    );
    const good = await resolver({ udp: (query) => [reply(query, [srv(name, 'a.example')])] });
    const start = performance.now();
    expect(await querySrv(name, options([...failing, good], { timeoutMs: 10_000, limitMs: 20_000 }))).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('that is silent holds nobody up for long', async () => {
    const silent = await resolver({ udp: () => [] });
    const good = await resolver({ udp: (query) => [reply(query, [srv(name, 'a.example')])] });
    const start = performance.now();
    expect(await querySrv(name, options([silent, good], { timeoutMs: 10_000 }))).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('that loses the first question is asked again', async () => {
    let count = 0;
    const lossy = await resolver({ udp: (query) => (++count > 1 ? [reply(query, [srv(name, 'a.example')])] : []) });
    expect(await querySrv(name, options([lossy]))).toHaveLength(1);
  });

  it('that never answers is given up in bounded time, and named', async () => {
    const silent = await resolver({ udp: () => [] });
    await expect(querySrv(name, options([silent]))).rejects.toMatchObject({
      code: 'no-answer',
      message: expect.stringContaining('127.0.0.1'),
    });
    expect(silent.heard).toHaveLength(2);
  });
});

describe('a name', () => {
  it('is followed through aliases, in one answer or over several', async () => {
    const aliases = await resolver({
      udp: (query) => {
        const asked = query.questions?.[0]?.name ?? '';
        if (asked === name) return [reply(query, [cname(name, 'b.example')])];
        return [reply(query, [cname('b.example', 'C.example'), srv('c.example', 'a.example')])];
      },
    });
    expect(await querySrv(name, options([aliases]))).toMatchObject([{ target: 'a.example', port: 22 }]);
  });

  it('whose aliases go round in circles has no records', async () => {
    const circle = await resolver({
      udp: (query) => [reply(query, [cname(name, 'b.example'), cname('b.example', name)])],
    });
    await expect(querySrv(name, options([circle]))).rejects.toMatchObject({ code: 'no-records' });
    expect(circle.heard.length).toBeLessThanOrEqual(10);
  });

  it('takes no records of another name', async () => {
    const stuffed = await resolver({ udp: (query) => [reply(query, [srv('other.example', 'evil.example')])] });
    await expect(querySrv(name, options([stuffed]))).rejects.toMatchObject({ code: 'no-records' });
  });

  it('whose target is "." is not offered', async () => {
    const gone = await resolver({ udp: (query) => [reply(query, [srv(name, '.')])] });
    await expect(querySrv(name, options([gone]))).rejects.toMatchObject({ code: 'not-offered' });
  });

  it('that is unknown is searched for in the search list', async () => {
    const local = await resolver({
      udp: (query) => {
        const asked = query.questions?.[0]?.name ?? '';
        return [asked === '_ldm._tcp.city.example' ? reply(query, [srv(asked, 'a.example')]) : reply(query, [], 3)];
      },
    });
    const config = options([local], { search: ['school.example', 'city.example'] });
    expect(await querySrv('_ldm._tcp', config)).toHaveLength(1);
    expect(local.heard).toHaveLength(3);
  });

  it('that is nowhere is told from one without such records', async () => {
    const nothing = await resolver({ udp: (query) => [reply(query, [], 3)] });
    await expect(querySrv(name, options([nothing]))).rejects.toMatchObject({ code: 'no-such-name' });
    const empty = await resolver({ udp: (query) => [reply(query, [])] });
    await expect(querySrv(name, options([empty]))).rejects.toMatchObject({ code: 'no-records' });
  });
});
