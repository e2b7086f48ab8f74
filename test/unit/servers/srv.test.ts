import { describe, expect, it } from 'vitest';
import { type SrvRecord, srvOrder, srvServers } from '../../../src/servers/discovery/srv.js';
import { parseResolvConf, searchedNames } from '../../../src/servers/dns/resolv-conf.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';

const record = (target: string, known: Partial<SrvRecord> = {}): SrvRecord => ({
  priority: 0,
  weight: 0,
  port: 22,
  target,
  ...known,
});

describe('the order of SRV records', () => {
  it('tries lower priorities first', () => {
    const records = [record('spare', { priority: 20, weight: 65_535 }), record('a', { priority: 10 })];
    expect(srvOrder(records, seededRandom(1)).map(({ target }) => target)).toEqual(['a', 'spare']);
  });

  it('draws by weight: {1, 1} is half and half, not 2/3 to 1/3 as by the text of RFC 2782', () => {
    const random = seededRandom(2);
    const records = [record('a', { weight: 1 }), record('b', { weight: 1 })];
    const first = Array.from({ length: 4_000 }, () => srvOrder(records, random)[0]?.target);
    expect(first.filter((target) => target === 'a').length / 4_000).toBeCloseTo(0.5, 1);
  });

  it('draws a server of weight 30 three times as often as one of weight 10, and one of weight 0 last', () => {
    const random = seededRandom(3);
    const records = [record('zero'), record('ten', { weight: 10 }), record('thirty', { weight: 30 })];
    const orders = Array.from({ length: 4_000 }, () => srvOrder(records, random).map(({ target }) => target));
    expect(orders.filter(([first]) => first === 'thirty').length / 4_000).toBeCloseTo(0.75, 1);
    expect(orders.every((order) => order[2] === 'zero')).toBe(true);
  });
});

it('a server by SRV has the port of its record, and a target that is no host name is left out', () => {
  const records = [
    record('a.example'),
    record('a.example', { port: 2222 }),
    record('bad name'),
    record('x'.repeat(300)),
    record('A.example.'),
  ];
  const servers = srvServers(records, 22).map(({ name, port }) => ({ name, port }));
  expect(servers).toEqual([
    { name: 'a.example', port: 22 },
    { name: 'a.example:2222', port: 2222 },
  ]);
});

describe('resolv.conf', () => {
  it('is read as glibc reads it', () => {
    const text = `
# comment
nameserver 10.0.0.1
nameserver fe80::1%eth0 ; the router
nameserver 10.0.0.3
nameserver 10.0.0.4
domain old.example
search school.example. city.example
options rotate timeout:2 attempts:9 ndots:2 edns0
`;
    expect(parseResolvConf(text, 'client.home.example')).toEqual({
      nameservers: ['10.0.0.1', 'fe80::1%eth0', '10.0.0.3'],
      search: ['school.example', 'city.example'],
      ndots: 2,
      timeoutMs: 2_000,
      attempts: 5,
      isConfigured: true,
      rotate: true,
    });
  });

  it('that says nothing means this machine, its own domain, 5 s and 2 attempts', () => {
    expect(parseResolvConf('', 'client.home.example')).toEqual({
      nameservers: ['127.0.0.1'],
      search: ['home.example'],
      ndots: 1,
      timeoutMs: 5_000,
      attempts: 2,
      isConfigured: false,
      rotate: false,
    });
    expect(parseResolvConf('', 'client').search).toEqual([]);
  });

  it('has a name with enough dots asked as it is first, a shorter one last, a full one alone', () => {
    const config = { search: ['a.example', 'b.example'], ndots: 1 };
    expect(searchedNames('_ldm._tcp', config)).toEqual(['_ldm._tcp', '_ldm._tcp.a.example', '_ldm._tcp.b.example']);
    expect(searchedNames('ldm', config)).toEqual(['ldm.a.example', 'ldm.b.example', 'ldm']);
    expect(searchedNames('_ldm._tcp.school.example.', config)).toEqual(['_ldm._tcp.school.example']);
  });
});
