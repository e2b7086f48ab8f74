import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { lookUpRecords, recordsThroughAliases } from '../../../src/servers/dns/records.js';
import { parseAhosts } from '../../../src/servers/dns/resolve.js';
import { sameName } from '../../../src/servers/dns/same-name.js';
import { Slots } from '../../../src/servers/dns/slots.js';
import { querySshfp, systemSshfpOptions, trustedResolvers } from '../../../src/servers/dns/sshfp.js';
import { closeResolvers, cname, patience, reply, resolver } from '../support/fake-resolver.js';

afterEach(closeResolvers);

const fingerprint = 'AB'.repeat(32);
const sshfp = (name: string): dns.Answer => ({
  type: 'SSHFP',
  name,
  ttl: 1,
  class: 'IN',
  data: { algorithm: 4, hash: 2, fingerprint },
});
const nameServers = (resolvers: readonly { address: string; port: number }[]) => ({
  resolvers,
  timeoutMs: 10_000,
  attempts: 1,
});
const options = (resolvers: readonly { address: string; port: number }[]) => ({
  resolvers,
  timeoutMs: 600,
  search: [],
  ndots: 1,
});
const soon = (): AbortSignal => patience(600);

describe('records through aliases', () => {
  it('are asked for again where an alias leads out of the answer', async () => {
    const asked: string[] = [];
    const one = await resolver({
      udp: (query) => {
        const name = query.questions?.[0]?.name ?? '';
        asked.push(name);
        return [reply(query, [name === 'a.example' ? cname(name, 'B.example') : sshfp('b.example')])];
      },
    });
    expect(await lookUpRecords('a.example', 'SSHFP', nameServers([one]), soon())).toMatchObject({
      kind: 'found',
      value: { records: [{ algorithm: 4, hash: 2, fingerprint }], isAuthenticated: false },
    });
    expect(asked).toEqual(['a.example', 'B.example']);
  });

  it.each([
    [true, true, true],
    [false, true, false],
    [true, false, false],
  ])('are authenticated only if every answer is: %j and %j', async (alias, records, isAuthenticated) => {
    const flags = (is: boolean): number => (is ? dns.AUTHENTIC_DATA : 0);
    const one = await resolver({
      udp: (query) =>
        query.questions?.[0]?.name === 'a.example'
          ? [reply(query, [cname('a.example', 'b.example')], flags(alias))]
          : [reply(query, [sshfp('b.example')], flags(records))],
    });
    const found = await lookUpRecords('a.example', 'SSHFP', nameServers([one]), soon());
    expect(found).toMatchObject({ kind: 'found', value: { isAuthenticated } });
    const answer = await querySshfp('a.example', options([one]));
    expect(answer.kind).toBe(isAuthenticated ? 'proved' : 'nothing');
  });

  it.each([
    ['another name', { name: 'other.example' }],
    ['another class', { class: 'CH' as const }],
  ])('do not come from %s', async (_what, change) => {
    const one = await resolver({
      udp: (query) => [reply(query, [{ ...sshfp('a.example'), ...change } as dns.Answer])],
    });
    expect(await lookUpRecords('a.example', 'SSHFP', nameServers([one]), soon())).toEqual({
      kind: 'no-records',
      why: 'a.example has no SSHFP records',
    });
  });

  it('end after eight aliases', async () => {
    let count = 0;
    const one = await resolver({
      udp: (query) => {
        count += 1;
        return [reply(query, [cname(query.questions?.[0]?.name ?? '', `a${count}.example`)])];
      },
    });
    expect(await lookUpRecords('a.example', 'SRV', nameServers([one]), soon())).toEqual({
      kind: 'no-records',
      why: 'a.example leads through more than 8 aliases',
    });
    expect(count).toBe(9);
  });
});

describe('the records of one answer', () => {
  const chain = (aliases: number): dns.Answer[] => [
    ...Array.from({ length: aliases }, (_, number) => cname(`a${number}`, `a${number + 1}`)),
    sshfp(`a${aliases}`),
  ];

  it('are found through eight aliases, in any order, and through no more', () => {
    const found = (answers: readonly dns.Answer[]) => recordsThroughAliases(answers, 'a0', 'SSHFP').length;
    expect([0, 1, 8, 9].map((aliases) => found(chain(aliases)))).toEqual([1, 1, 1, 0]);
    expect(found(chain(8).toReversed())).toBe(1);
  });

  it('are found behind other records of the aliases', () => {
    const other: dns.Answer = { type: 'TXT', name: 'a0', ttl: 1, data: 'a1' };
    expect(recordsThroughAliases([other, ...chain(1)], 'a0', 'SSHFP')).toHaveLength(1);
  });

  it('are those of the Internet, also where the class is left out', () => {
    const { class: _, ...plain } = { ...sshfp('a0'), class: 'IN' };
    expect(recordsThroughAliases([plain, { ...sshfp('a0'), class: 'CH' } as dns.Answer], 'a0', 'SSHFP')).toHaveLength(
      1,
    );
  });
});

it('names are the same in any case, and with a dot at the end', () => {
  expect([sameName('A.example.', 'a.EXAMPLE'), sameName('a.example', 'A.Example.')]).toEqual([true, true]);
  expect([sameName('a.example', 'b.example'), sameName('a.example', 'a')]).toEqual([false, false]);
});

describe('SSHFP records', () => {
  it('are decoded', async () => {
    const one = await resolver({
      udp: (query) => [reply(query, [sshfp('a')], dns.AUTHENTIC_DATA)],
    });
    const answer = await querySshfp('a', options([one]));
    expect(answer.kind === 'proved' && answer.records[0]).toEqual({
      algorithm: 4,
      hash: 2,
      fingerprint: Buffer.from(fingerprint, 'hex'),
    });
  });

  it('are not asked for an address, or without a resolver', async () => {
    expect(await querySshfp('10.0.0.1', options([{ address: '127.0.0.1', port: 1 }]))).toMatchObject({
      kind: 'nothing',
      why: 'an address has no SSHFP records',
    });
    expect(await querySshfp('a.example', options([]))).toEqual({
      kind: 'nothing',
      why: 'no resolver on this machine, and none is configured',
    });
  });

  it('are no more than fifty', async () => {
    const one = await resolver({
      udp: (query) => [reply(query, Array<dns.Answer>(60).fill(sshfp('a')), dns.AUTHENTIC_DATA)],
    });
    expect(await querySshfp('a', options([one]))).toMatchObject({ kind: 'proved', records: { length: 50 } });
  });

  it('that are not proved, or that nobody has, count for nothing, which is explained', async () => {
    const [unproved, none] = [
      await resolver({ udp: (query) => [reply(query, [sshfp('a')])] }),
      await resolver({ udp: (query) => [reply(query, [], 3)] }),
    ];
    expect(await querySshfp('a', options([unproved]))).toEqual({
      kind: 'nothing',
      why: 'the resolver has not proved the SSHFP records of a by DNSSEC',
    });
    expect(await querySshfp('a', options([none]))).toEqual({ kind: 'nothing', why: 'the name a does not exist' });
  });

  it('of this machine are asked for in its search list', () => {
    expect(systemSshfpOptions(['10.0.0.1'], 700)).toEqual({
      search: expect.any(Array),
      ndots: expect.any(Number),
      timeoutMs: 700,
      resolvers: [{ address: '10.0.0.1', port: 53 }],
    });
  });

  it('count from the configured resolvers, or else from those on this machine', () => {
    const addresses = (...given: Parameters<typeof trustedResolvers>): string[] =>
      trustedResolvers(...given).map(({ address }) => address);
    expect(addresses(['10.0.0.1'], ['127.0.0.1'])).toEqual(['10.0.0.1']);
    expect(addresses(undefined, ['10.0.0.1', '127.0.0.53', '::1', '127.0.0.1.example'])).toEqual(['127.0.0.53', '::1']);
    expect(addresses(undefined, ['127.10.20.30', '2127.0.0.1', '128.0.0.1', '::127.0.0.1'])).toEqual(['127.10.20.30']);
    expect(addresses([], ['127.0.0.1'])).toEqual([]);
  });
});

describe('the output of getent', () => {
  it('gives each address once, in order, and nothing else', () => {
    const output = [
      'fe80::1%eth0    STREAM app1',
      '10.0.0.2        STREAM app1',
      '10.0.0.2        DGRAM',
      'not an address',
      '10.0.0.1        RAW',
      '',
    ].join('\n');
    expect(parseAhosts(output)).toEqual(['fe80::1%eth0', '10.0.0.2', '10.0.0.1']);
    expect(parseAhosts('')).toEqual([]);
  });

  it('is cut at 100 addresses', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `10.0.${Math.floor(i / 100)}.${i % 100} STREAM`);
    expect(parseAhosts(lines.join('\n'))).toHaveLength(100);
  });
});

describe('slots', () => {
  it('run so many tasks at a time, the others in order, also after a failure', async () => {
    const slots = new Slots(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const task = (number: number) => () => {
      started.push(number);
      return new Promise<number>((resolve, reject) => {
        ends[number] = () => (number === 0 ? reject(new Error('failed')) : resolve(number));
      });
    };
    const all = [0, 1, 2, 3].map((number) => slots.run(task(number)).catch(() => 'failed'));
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    ends[0]?.();
    await all[0];
    await expect.poll(() => started).toEqual([0, 1, 2]);
    ends[1]?.();
    ends[2]?.();
    await expect.poll(() => started).toEqual([0, 1, 2, 3]);
    ends[3]?.();
    expect(await Promise.all(all)).toEqual(['failed', 1, 2, 3]);
    const last = slots.run(async () => 'free');
    expect(await last).toBe('free');
  });
});
