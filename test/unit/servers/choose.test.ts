import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderCandidates } from '../../../src/servers/balancing/choose.js';
import type { ServerState, ServerStatus } from '../../../src/servers/server-status.js';
import { balanceRules } from '../../../src/settings/settings.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';
import { firstPlaces, names, status } from '../../support/statuses.js';

const calm = { now: 0, isDemoted: () => false };

const anyStatus = fc
  .record({
    state: fc.constantFrom<ServerState>('checking', 'up', 'unrated', 'draining', 'down'),
    rating: fc.option(fc.integer({ min: 0, max: 100 })),
    capacity: fc.option(fc.integer({ min: 0, max: 500 })),
    sessions: fc.option(fc.integer({ min: 0, max: 500 })),
    ratingAgeMs: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  })
  .map((known) => ({ ...known, reason: known.state === 'down' ? ('timeout' as const) : null }));
const anyCluster = fc
  .array(anyStatus, { maxLength: 30 })
  .map((list) => list.map((known, index) => status(`s${index}`, known)));
const usable = ({ state }: ServerStatus): boolean => state === 'up' || state === 'unrated';

describe.each(balanceRules)('the rule %s', (rule) => {
  it('gives every server once, whatever they answered', () => {
    fc.assert(
      fc.property(anyCluster, fc.integer(), fc.nat(2 ** 30), (statuses, seed, demoted) => {
        const isDemoted = ({ name }: { name: string }): boolean => ((demoted >> Number(name.slice(1))) & 1) === 1;
        const order = orderCandidates(rule, statuses, seededRandom(seed), { now: 0, isDemoted });
        expect(names(order).sort()).toEqual(names(statuses).sort());
      }),
    );
  });

  it('puts usable servers first, and of these the demoted last, while most seem usable', () => {
    fc.assert(
      fc.property(anyCluster, fc.integer(), fc.nat(2 ** 30), (statuses, seed, demoted) => {
        const isDemoted = ({ name }: { name: string }): boolean => ((demoted >> Number(name.slice(1))) & 1) === 1;
        fc.pre(statuses.filter(usable).length * 2 >= statuses.length);
        const order = orderCandidates(rule, statuses, seededRandom(seed), { now: 0, isDemoted });
        const rank = (one: ServerStatus): number => (usable(one) ? 0 : 2) + (isDemoted(one.server) ? 1 : 0);
        expect(order.map(rank)).toEqual(order.map(rank).sort((a, b) => a - b));
      }),
    );
  });

  it('takes a seemingly dead server as a candidate when fewer than half seem usable, but no draining one', () => {
    const statuses = [
      status('dead1', { state: 'down', reason: 'timeout' }),
      status('dead2', { state: 'down', reason: 'unresolvable' }),
      status('dead3', { state: 'down', reason: 'refused' }),
      status('living1', { rating: 50 }),
      status('living2', { rating: 60 }),
      status('drained', { state: 'draining', rating: 0 }),
      status('no-sshd', { state: 'down', reason: 'ssh-down' }),
    ];
    const random = seededRandom(3);
    const counts = firstPlaces(2_000, () => orderCandidates(rule, statuses, random, calm));
    const candidates = ['dead1', 'dead2', 'dead3', 'living1', 'living2'];
    if (rule === 'listed') expect(counts).toEqual({ dead1: 2_000 });
    else {
      expect(Object.keys(counts).sort()).toEqual(candidates);
      for (const count of Object.values(counts)) expect(count).toBeGreaterThan(330);
    }
    const spares = names(orderCandidates(rule, statuses, random, calm))
      .slice(-2)
      .sort();
    expect(spares).toEqual(['drained', 'no-sshd']);
  });

  it('takes the servers of the first pool while one is usable, then the next, then the demoted', () => {
    const poolOf = ({ name }: { name: string }): number => Number(name.slice(1, 2));
    const isDemoted = ({ name }: { name: string }): boolean => name.endsWith('x');
    const statuses = ['p2a', 'p1a', 'p1x', 'p2b', 'p1b'].map((name, i) => status(name, { rating: 10 + 20 * i }));
    const order = names(orderCandidates(rule, statuses, seededRandom(14), { now: 0, isDemoted, poolOf }));
    expect(order.map((name) => name.slice(0, 2))).toEqual(['p1', 'p1', 'p2', 'p2', 'p1']);
    expect(order.at(-1)).toBe('p1x');
  });

  it('takes the servers that have what the user picked before all others, those that lack most last', () => {
    const lacks = ({ name }: { name: string }): number => Number(name.slice(1, 2));
    const isDemoted = ({ name }: { name: string }): boolean => name.endsWith('x');
    const poolOf = ({ name }: { name: string }): number => (name.endsWith('spare') ? 65_535 : 0);
    const statuses = ['l2', 'l1', 'l0x', 'l1b', 'l0spare', 'l0'].map((name, i) =>
      status(name, { rating: 90 - 10 * i }),
    );
    const order = names(orderCandidates(rule, statuses, seededRandom(15), { now: 0, isDemoted, poolOf, lacks }));
    expect(order.map((name) => name.slice(0, 2))).toEqual(['l0', 'l0', 'l0', 'l1', 'l1', 'l2']);
    expect(order.slice(0, 3)).toEqual(['l0', 'l0spare', 'l0x']);
  });

  it('does not panic at exactly half', () => {
    const statuses = [status('dead', { state: 'down', reason: 'timeout' }), status('living', { rating: 5 })];
    const random = seededRandom(4);
    expect(firstPlaces(200, () => orderCandidates(rule, statuses, random, calm))).toEqual({ living: 200 });
  });

  it('sends no more than half of all to one server that rates itself far above 29 others, of unknown age', () => {
    const statuses = Array.from({ length: 30 }, (_, i) =>
      status(`s${i}`, { rating: i === 7 ? 100 : 10, ratingAgeMs: null }),
    );
    const random = seededRandom(5);
    const counts = firstPlaces(3_000, () => orderCandidates(rule, statuses, random, calm));
    if (rule !== 'listed') expect(counts.s7).toBeLessThan(1_500);
  });

  it('does not send everybody to the one server that has an info service', () => {
    const statuses = Array.from({ length: 30 }, (_, i) =>
      i === 7 ? status('s7', { rating: 100 }) : status(`s${i}`, { state: 'unrated', ratingAgeMs: null }),
    );
    const random = seededRandom(6);
    const counts = firstPlaces(3_000, () => orderCandidates(rule, statuses, random, calm));
    if (rule !== 'listed') expect(counts.s7).toBeLessThan(300);
  });
});

describe('random', () => {
  it('takes up and unrated servers with the same probability, whatever their rating', () => {
    const statuses = [
      status('a', { rating: 1 }),
      status('b', { rating: 100, capacity: 500 }),
      status('c', { state: 'unrated' }),
      status('d', { state: 'down', reason: 'timeout' }),
    ];
    const random = seededRandom(7);
    const { a = 0, b = 0, c = 0, d } = firstPlaces(9_000, () => orderCandidates('random', statuses, random, calm));
    const chiSquare = [a, b, c].reduce((sum, count) => sum + (count - 3_000) ** 2 / 3_000, 0);
    // 99.9 % with 2 degrees of freedom.
    expect(chiSquare).toBeLessThan(13.8);
    expect(d).toBeUndefined();
  });
});

describe('listed', () => {
  it('keeps the order of the list, among the usable and among the spares', () => {
    const statuses = [
      status('a', { state: 'down', reason: 'timeout' }),
      status('b', { rating: 1 }),
      status('c', { state: 'draining', rating: 0 }),
      status('d', { rating: 100 }),
    ];
    expect(names(orderCandidates('listed', statuses, seededRandom(8), calm))).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('weighted', () => {
  it('draws in proportion to rating x capacity while the ratings are fresh', () => {
    const statuses = [status('a', { rating: 20, capacity: 100 }), status('b', { rating: 60, capacity: 50 })];
    const random = seededRandom(9);
    const { a = 0 } = firstPlaces(10_000, () => orderCandidates('weighted', statuses, random, calm));
    expect(a / 10_000).toBeCloseTo(2_000 / 5_000, 1);
  });

  it('takes the weight that the list gives for the capacity', () => {
    const statuses = [status('a', { rating: 50, capacity: 1 }), status('b', { rating: 50, capacity: 1_000 })];
    const weightOf = ({ name }: { name: string }): number => (name === 'a' ? 30 : 10);
    const random = seededRandom(15);
    const order = (): ServerStatus[] => orderCandidates('weighted', statuses, random, { ...calm, weightOf });
    expect((firstPlaces(4_000, order).a ?? 0) / 4_000).toBeCloseTo(0.75, 1);
  });

  it('goes over to capacity alone as the ratings get older', () => {
    const statuses = [status('a', { rating: 1 }), status('b', { rating: 99 })];
    const random = seededRandom(10);
    const share = (now: number): number =>
      (firstPlaces(4_000, () => orderCandidates('weighted', statuses, random, { ...calm, now })).a ?? 0) / 4_000;
    const shares = [0, 10_000, 60_000, 3_600_000].map(share);
    expect(shares).toEqual([...shares].sort((x, y) => x - y));
    expect(shares[0]).toBeLessThan(0.03);
    expect(shares[3]).toBeGreaterThan(0.45);
  });

  it('puts unrated servers after rated ones where most are rated', () => {
    const statuses = [status('a', { state: 'unrated' }), status('b', { rating: 1 })];
    expect(names(orderCandidates('weighted', statuses, seededRandom(11), calm))).toEqual(['b', 'a']);
  });
});

describe('best', () => {
  const statuses = [80, 71, 70, 69, 40, 35].map((rating) => status(`s${rating}`, { rating }));

  it('takes, evenly, those within 10 points of the top, then those within 10 points of the next', () => {
    const random = seededRandom(12);
    const counts = firstPlaces(3_000, () => orderCandidates('best', statuses, random, calm));
    expect(Object.keys(counts).sort()).toEqual(['s70', 's71', 's80']);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(850);
    const order = names(orderCandidates('best', statuses, random, calm));
    expect(order[3]).toBe('s69');
    expect(order.slice(4).sort()).toEqual(['s35', 's40']);
  });

  it('trusts no rating older than 5 s, and draws by weight instead', () => {
    const random = seededRandom(13);
    const counts = firstPlaces(3_000, () => orderCandidates('best', statuses, random, { ...calm, now: 5_001 }));
    expect(counts.s35).toBeGreaterThan(100);
  });
});

describe('an order without chance', () => {
  /** Each draw gives one half: of unequal weights the larger comes first, equal ones keep their place. */
  const order = (rule: (typeof balanceRules)[number], statuses: readonly ServerStatus[], more = {}): string[] =>
    names(orderCandidates(rule, statuses, () => 0.5, { ...calm, ...more }));
  const old = { ratingAgeMs: 50_000 };

  it('of `random` does not look at capacity', () => {
    const two = [status('small', { capacity: 1 }), status('large', { capacity: 100 })];
    expect(order('random', two)).toEqual(['small', 'large']);
    expect(order('weighted', two)).toEqual(['large', 'small']);
  });

  it('of `weighted` goes by rating x capacity, of old ratings rather by capacity x mean', () => {
    const two = (known: Partial<ServerStatus>) => [
      status('a', { rating: 80, capacity: 100, ...known }),
      status('b', { rating: 20, capacity: 150, ...known }),
    ];
    expect(order('weighted', two({}))).toEqual(['a', 'b']);
    expect(order('weighted', two({ ratingAgeMs: null }))).toEqual(['a', 'b']);
    // A tenth of 80 and nine tenths of 50 are 53; 100 x 53 is less than 150 x 47.
    expect(order('weighted', two(old))).toEqual(['b', 'a']);
    // 100 x (10 + 45.9) is more than 119 x (0.2 + 45.9).
    const near = [
      status('b', { rating: 2, capacity: 119, ...old }),
      status('a', { rating: 100, capacity: 100, ...old }),
    ];
    expect(order('weighted', near)).toEqual(['a', 'b']);
  });

  const three = [
    status('s60', { rating: 60, capacity: 10 }),
    status('s50', { rating: 50, capacity: 20 }),
    status('s49', { rating: 49, capacity: 30 }),
  ];

  it('of `best` draws by capacity among those within 10 points of the top, then among the rest', () => {
    expect(order('best', three)).toEqual(['s50', 's60', 's49']);
  });

  it('of `best` is that of `weighted` as soon as one rating is old', () => {
    const oneOld = three.map((one, at) => (at === 0 ? { ...one, ratingAgeMs: 5_001 } : one));
    expect(order('best', oneOld)).toEqual(['s49', 's50', 's60']);
  });

  it('of `two-choices` puts a rated server before as many unrated ones, and draws by capacity before more', () => {
    const rated = status('rated', { rating: 1, capacity: 10 });
    const [large, middle] = [100, 50].map((capacity) => status(`c${capacity}`, { state: 'unrated', capacity }));
    if (!large || !middle) throw new Error('two servers');
    for (const rule of ['two-choices', 'affinity', 'weighted', 'best'] as const) {
      expect(order(rule, [large, rated])).toEqual(['rated', 'c100']);
      expect(order(rule, [middle, rated, large])).toEqual(['c100', 'c50', 'rated']);
    }
  });

  it('differs by the rule where ratings and capacities do', () => {
    const two = [status('large', { rating: 50, capacity: 100 }), status('idle', { rating: 55, capacity: 10 })];
    expect(order('two-choices', two)).toEqual(['idle', 'large']);
    expect(order('best', two)).toEqual(['large', 'idle']);
    expect(order('weighted', two)).toEqual(['large', 'idle']);
    const affinity = { numberOf: () => 0.5, points: 5 };
    expect(order('affinity', two, { affinity })).toEqual(['large', 'idle']);
    expect(order('affinity', two, { affinity: { ...affinity, points: 4 } })).toEqual(['idle', 'large']);
  });

  it('of doubted answers goes by capacity, in each tier, but for `listed`', () => {
    const down = (name: string, capacity: number): ServerStatus =>
      status(name, { state: 'down', reason: 'timeout', capacity });
    const statuses = [
      status('idle', { rating: 90, capacity: 10 }),
      status('busy', { rating: 10, capacity: 20 }),
      ...[down('d1', 1), down('d3', 3), down('d2', 2)],
    ];
    const poolOf = ({ name }: { name: string }): number => (name.startsWith('d') ? 1 : 0);
    for (const rule of ['two-choices', 'affinity', 'weighted', 'best', 'random'] as const) {
      expect(order(rule, statuses, { poolOf })).toEqual(['busy', 'idle', 'd3', 'd2', 'd1']);
    }
    expect(order('listed', statuses, { poolOf })).toEqual(['idle', 'busy', 'd1', 'd3', 'd2']);
  });

  it("of the spares is that of the list, the user's own under affinity, and else that of chance", () => {
    const spares = [1, 3, 2].map((capacity) => status(`d${capacity}`, { state: 'draining', rating: 0, capacity }));
    const statuses = [status('up', { rating: 50 }), ...spares];
    expect(order('listed', statuses)).toEqual(['up', 'd1', 'd3', 'd2']);
    expect(order('affinity', statuses)).toEqual(['up', 'd3', 'd2', 'd1']);
    // A shuffle of three by halves swaps the last two.
    expect(order('random', statuses)).toEqual(['up', 'd1', 'd2', 'd3']);
  });
});
