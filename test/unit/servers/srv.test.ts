import { describe, expect, it } from 'vitest';
import { type SrvRecord, srvOrder, srvServers } from '../../../src/servers/discovery/srv.js';
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
