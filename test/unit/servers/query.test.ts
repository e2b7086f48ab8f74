import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { askResolver, type Resolver } from '../../../src/servers/dns/query.js';
import { closeResolvers, framed, patience, reply, resolver } from '../support/fake-resolver.js';

afterEach(closeResolvers);

const name = 'app1.school.example';
const ask = (one: Resolver, signal = patience(200)) => askResolver({ name, type: 'A' }, one, 10_000, signal);
const a = (data: string): dns.Answer => ({ type: 'A', name, ttl: 1, class: 'IN', data });
const addresses = (answered: Awaited<ReturnType<typeof ask>>): unknown =>
  answered.kind === 'answered' ? answered.answers.map((answer) => answer.type === 'A' && answer.data) : answered;
/** A header alone: no question is repeated. */
const header = (query: dns.Packet, flags: number): Buffer => {
  const message = Buffer.alloc(12);
  message.writeUInt16BE(query.id ?? 0, 0);
  message.writeUInt16BE(0x8000 | flags, 2);
  return message;
};
const formatError = 1;
const notImplemented = 4;

describe('the reply of a resolver', () => {
  it.each([true, false])('has the records, and whether DNSSEC has proved them: %j', async (authenticated) => {
    const flags = authenticated ? dns.AUTHENTIC_DATA : 0;
    const one = await resolver({ udp: (query) => [reply(query, [a('10.0.0.1')], flags)] });
    expect(await ask(one)).toMatchObject({ kind: 'answered', answers: [{ data: '10.0.0.1' }], authenticated });
  });

  it('without records is an answer', async () => {
    const one = await resolver({ udp: (query) => [reply(query, [])] });
    expect(await ask(one)).toEqual({ kind: 'answered', answers: [], authenticated: false });
  });

  it('tells that the name does not exist', async () => {
    const one = await resolver({ udp: (query) => [reply(query, [], 3)] });
    expect(await ask(one)).toEqual({ kind: 'no-such-name' });
  });

  it('with an error says nothing about the name', async () => {
    const one = await resolver({ udp: (query) => [reply(query, [a('10.0.0.1')], 2)] });
    expect(await ask(one)).toEqual({ kind: 'failed', answered: true, problem: 'answered with code 2' });
  });

  it('is none where the resolver is silent, after the timeout', async () => {
    const one = await resolver({ udp: () => [] });
    const asked = askResolver({ name, type: 'A' }, one, 10, new AbortController().signal);
    expect(await asked).toEqual({ kind: 'failed', answered: false, problem: 'no answer in time' });
  });

  it('is none where nothing listens, at once', async () => {
    const gone = await resolver({ udp: () => [] });
    closeResolvers();
    expect(await ask(gone)).toMatchObject({
      kind: 'failed',
      answered: false,
      problem: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is none, and the resolver is not asked, where the caller has given up', async () => {
    const one = await resolver({ udp: (query) => [reply(query, [a('10.0.0.1')])] });
    expect(await ask(one, AbortSignal.abort())).toMatchObject({ kind: 'failed', answered: false });
    expect(one.heard).toEqual([]);
  });

  it('is given up when the caller gives up', async () => {
    const caller = new AbortController();
    const one = await resolver({
      udp: () => {
        caller.abort();
        return [];
      },
    });
    expect(await ask(one, caller.signal)).toMatchObject({ kind: 'failed', answered: false });
  });
});

describe('a resolver without EDNS', () => {
  it.each([
    ['"format error", without the question', (query: dns.Packet) => header(query, formatError)],
    ['"format error"', (query: dns.Packet) => reply(query, [], formatError)],
    ['"not implemented"', (query: dns.Packet) => reply(query, [], notImplemented)],
  ])('that answers %s is asked again without it', async (_, refusal) => {
    const old = await resolver({
      udp: (query) => [query.additionals?.length ? refusal(query) : reply(query, [a('10.0.0.1')])],
    });
    expect(addresses(await ask(old))).toEqual(['10.0.0.1']);
    expect(old.heard.map(({ additionals }) => additionals?.length)).toEqual([1, 0]);
  });

  it('has answered, even if it is silent then', async () => {
    const old = await resolver({ udp: (query) => (query.additionals?.length ? [header(query, formatError)] : []) });
    expect(await ask(old, patience(30))).toEqual({ kind: 'failed', answered: true, problem: 'no answer in time' });
  });

  it('is asked without it over TCP, too', async () => {
    const old = await resolver({
      udp: (query) => [query.additionals?.length ? header(query, formatError) : header(query, dns.TRUNCATED_RESPONSE)],
      tcp: (query) => framed(reply(query, query.additionals?.length ? [] : [a('10.0.0.1')])),
    });
    expect(addresses(await ask(old))).toEqual(['10.0.0.1']);
  });
});

describe('a message that is not the answer', () => {
  it.each([
    [
      'repeats no question',
      (query: dns.Packet) => dns.encode({ type: 'response', id: query.id ?? 0, answers: [a('10.6.6.6')] }),
    ],
    [
      'repeats two questions',
      (query: dns.Packet) =>
        reply({ ...query, questions: [...(query.questions ?? []), { type: 'A', name }] }, [a('10.6.6.6')]),
    ],
    [
      'is an error about another name',
      (query: dns.Packet) => reply({ ...query, questions: [{ type: 'A', name: 'other.example' }] }, [], formatError),
    ],
    [
      'is the error of a header that is cut',
      (query: dns.Packet) => header(query, dns.TRUNCATED_RESPONSE).subarray(0, 11),
    ],
    [
      'is longer than a datagram may be',
      (query: dns.Packet) => Buffer.concat([reply(query, [a('10.6.6.6')]), Buffer.alloc(4_096)]).subarray(0, 4_097),
    ],
    ['is no answer', (query: dns.Packet) => dns.encode({ ...query, type: 'query', answers: [a('10.6.6.6')] })],
  ])('because it %s is ignored', async (_, wrong) => {
    const noisy = await resolver({ udp: (query) => [wrong(query), reply(query, [a('10.0.0.1')])] });
    expect(addresses(await ask(noisy))).toEqual(['10.0.0.1']);
    expect(noisy.heard).toHaveLength(1);
  });

  it('has more than 4,096 bytes; one of 4,096 bytes is read', async () => {
    const long = await resolver({
      udp: (query) => [Buffer.concat([reply(query, [a('10.0.0.1')]), Buffer.alloc(4_096)]).subarray(0, 4_096)],
    });
    expect(addresses(await ask(long))).toEqual(['10.0.0.1']);
  });
});

describe('an answer that was cut', () => {
  type Tcp = NonNullable<Parameters<typeof resolver>[0]['tcp']>;
  const cut = (tcp?: Tcp, flags = 0) =>
    resolver({ udp: (query) => [header(query, dns.TRUNCATED_RESPONSE | flags)], ...(tcp && { tcp }) });

  it('comes whole over TCP, with the same question', async () => {
    const one = await cut((query) => framed(reply(query, [a('10.0.0.1'), a('10.0.0.2')])));
    expect(addresses(await ask(one))).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(one.overTcp).toMatchObject([
      { type: 'query', flag_rd: true, flag_ad: true, questions: [{ name, type: 'A' }], additionals: [{ type: 'OPT' }] },
    ]);
  });

  it.each([
    ['within the length', (message: Buffer) => [message.subarray(0, 1), message.subarray(1)]],
    ['after the length', (message: Buffer) => [message.subarray(0, 2), message.subarray(2)]],
    ['before the last byte', (message: Buffer) => [message.subarray(0, -1), message.subarray(-1)]],
    ['nowhere, with more behind it', (message: Buffer) => [Buffer.concat([message, Buffer.alloc(9)])]],
  ])('is put together from pieces: cut %s', async (_, pieces) => {
    const one = await cut((query) => pieces(framed(reply(query, [a('10.0.0.1')]))));
    expect(addresses(await ask(one))).toEqual(['10.0.0.1']);
  });

  it.each([
    ['hangs up', () => Buffer.alloc(0), 'closed the TCP connection'],
    ['sends half', (query: dns.Packet) => framed(reply(query, [])).subarray(0, 20), 'closed the TCP connection'],
    ['answers another question', () => framed(Buffer.alloc(12)), 'invalid answer over TCP'],
    ['cuts again', (query: dns.Packet) => framed(header(query, dns.TRUNCATED_RESPONSE)), 'invalid answer over TCP'],
  ])('is no answer where the resolver %s over TCP', async (_, tcp, problem) => {
    expect(await ask(await cut(tcp))).toEqual({ kind: 'failed', answered: true, problem });
  });

  it('is no answer where the resolver is silent over TCP', async () => {
    const silent = await cut(() => []);
    expect(await ask(silent, patience(30))).toEqual({
      kind: 'failed',
      answered: true,
      problem: 'no answer in time over TCP',
    });
  });

  it('is no answer where the resolver has no TCP', async () => {
    expect(await ask(await cut())).toMatchObject({
      kind: 'failed',
      answered: true,
      problem: expect.stringMatching(/^TCP: .*ECONNREFUSED/),
    });
  });

  it('proves nothing by the flag of the part', async () => {
    const one = await cut((query) => framed(reply(query, [a('10.0.0.1')])), dns.AUTHENTIC_DATA);
    expect(await ask(one)).toMatchObject({ kind: 'answered', authenticated: false });
  });
});
