import * as dns from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { lookUpRecords } from '../../../src/servers/dns/records.js';
import { parseAhosts } from '../../../src/servers/dns/resolve.js';
import { Slots } from '../../../src/servers/dns/slots.js';
import { querySshfp, trustedResolvers } from '../../../src/servers/dns/sshfp.js';
import { closeResolvers, cname, reply, resolver } from '../support/fake-resolver.js';

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
  timeoutMs: 600,
  attempts: 1,
});
const options = (resolvers: readonly { address: string; port: number }[]) => ({
  resolvers,
  timeoutMs: 600,
  search: [],
  ndots: 1,
});
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

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
    expect(await querySshfp('a.example', options([]))).toMatchObject({ kind: 'nothing' });
  });

  it('count from the configured resolvers, or else from those on this machine', () => {
    const addresses = (...given: Parameters<typeof trustedResolvers>): string[] =>
      trustedResolvers(...given).map(({ address }) => address);
    expect(addresses(['10.0.0.1'], ['127.0.0.1'])).toEqual(['10.0.0.1']);
    expect(addresses(undefined, ['10.0.0.1', '127.0.0.53', '::1', '127.0.0.1.example'])).toEqual(['127.0.0.53', '::1']);
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
