import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderCandidates } from '../../../src/servers/balancing/choose.js';
import {
  type TwoChoicesPlan,
  twoChoicesOrder,
  twoChoicesPlan,
  twoChoicesStep,
} from '../../../src/servers/balancing/two-choices.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { serverKey } from '../../../src/shared/server-address.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';
import { firstPlaces, names, status } from '../../support/statuses.js';

const calm = { now: 0, isDemoted: () => false };
const limitMs = 2_000;
const unasked = (count: number): ServerStatus[] =>
  Array.from({ length: count }, (_, i) => status(`s${i}`, { state: 'checking', ratingAgeMs: null }));

/** A login in which each server answers as given after so many ms; those not named are silent. */
function login(
  plan: TwoChoicesPlan,
  answer: (server: ServerStatus) => { afterMs: number; is: ServerStatus } | undefined,
) {
  let elapsedMs = 0;
  const askedAt: { server: ServerStatus; ms: number }[] = [];
  const due: { ms: number; is: ServerStatus }[] = [];
  for (let steps = 0; steps < 10_000; steps++) {
    const answers = due.filter(({ ms }) => ms <= elapsedMs).map(({ is }) => is);
    const step = twoChoicesStep(plan, { asked: askedAt.length, answers, elapsedMs }, limitMs, 0);
    if (step.kind === 'decided') return { order: step.order, asked: askedAt, elapsedMs };
    for (const server of step.servers) {
      askedAt.push({ server, ms: elapsedMs });
      const said = answer(server);
      if (said) due.push({ ms: elapsedMs + said.afterMs, is: said.is });
    }
    if (step.againAtMs <= elapsedMs) throw new Error('time stands still');
    elapsedMs = Math.min(step.againAtMs, ...due.map(({ ms }) => ms).filter((ms) => ms > elapsedMs));
  }
  throw new Error('never decided');
}
const answers = (afterMs: number, known: Partial<ServerStatus>) => (server: ServerStatus) => ({
  afterMs,
  is: { ...server, state: 'up' as const, ratingAgeMs: 0, ...known },
});

describe('a two-choices login', () => {
  it('asks two servers of 30 and takes the better one at once, the other being next', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(1), calm);
    const [first, second] = names(plan.draw);
    const { order, asked, elapsedMs } = login(plan, (server) =>
      answers(3, { rating: server.server.name === second ? 90 : 80 })(server),
    );
    expect(names(asked.map(({ server }) => server))).toEqual([first, second]);
    expect(elapsedMs).toBe(3);
    expect(names(order).slice(0, 2)).toEqual([second, first]);
    expect(order).toHaveLength(30);
  });

  it('asks further servers 250 ms apart while all are silent, and goes on without any after 750 ms', () => {
    const plan = twoChoicesPlan(unasked(6), seededRandom(2), calm);
    const { order, asked, elapsedMs } = login(plan, () => undefined);
    expect(asked.map(({ ms }) => ms)).toEqual([0, 0, 250, 500]);
    expect(elapsedMs).toBe(750);
    // A server that was not asked is likelier to live than one that is silent.
    expect(names(order)).toEqual([...names(plan.draw).slice(4), ...names(plan.draw).slice(0, 4)]);
  });

  it('goes on after 750 ms too when the only answers are that servers are dead', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(2), calm);
    const { elapsedMs } = login(plan, (server) =>
      server === plan.draw[0] ? answers(1, { state: 'down', reason: 'refused' })(server) : undefined,
    );
    expect(elapsedMs).toBe(750);
  });

  it('asks on to the limit while the rest is silent but for servers that say they take nobody', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(2), calm);
    const { order, elapsedMs } = login(plan, (server) =>
      server === plan.draw[0] ? answers(1, { state: 'draining', rating: 0 })(server) : undefined,
    );
    expect(elapsedMs).toBe(limitMs);
    expect(order.at(-1)?.server).toEqual(plan.draw[0]?.server);
  });

  it('asks a third after 250 ms when one of two is silent, and decides when that one answers', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(3), calm);
    const silent = plan.draw[0];
    const { order, asked, elapsedMs } = login(plan, (server) =>
      server === silent ? undefined : answers(2, { rating: server === plan.draw[2] ? 90 : 10 })(server),
    );
    expect(asked).toHaveLength(3);
    expect(elapsedMs).toBe(252);
    expect(order[0]?.server).toEqual(plan.draw[2]?.server);
    expect(order.at(-1)?.server).toEqual(silent?.server);
  });

  it('is content with one usable server after half a second', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(4), calm);
    const { order, elapsedMs } = login(plan, (server) =>
      server === plan.draw[1] ? answers(1, { rating: 50 })(server) : undefined,
    );
    expect(elapsedMs).toBe(500);
    expect(order[0]?.server).toEqual(plan.draw[1]?.server);
  });

  it('replaces a draining or refusing server at once', () => {
    const plan = twoChoicesPlan(unasked(30), seededRandom(5), calm);
    const { asked, elapsedMs } = login(plan, (server) =>
      server === plan.draw[0]
        ? answers(1, { state: 'draining', rating: 0 })(server)
        : answers(1, server === plan.draw[2] ? { state: 'down', reason: 'refused' } : { rating: 50 })(server),
    );
    expect(asked.map(({ ms }) => ms)).toEqual([0, 0, 1, 2]);
    expect(elapsedMs).toBe(3);
  });

  it('with one server asks it and waits no longer than for its answer', () => {
    const plan = twoChoicesPlan(unasked(1), seededRandom(6), calm);
    expect(login(plan, answers(7, { rating: 50 })).elapsedMs).toBe(7);
  });

  it('with no server at all decides at once', () => {
    expect(login(twoChoicesPlan([], seededRandom(6), calm), () => undefined)).toMatchObject({
      order: [],
      elapsedMs: 0,
    });
  });

  it('ends in bounded steps with every server in the order, whatever answers when', () => {
    const anyAnswer = fc.option(
      fc.record({ afterMs: fc.integer({ min: 1, max: 3_000 }), rating: fc.option(fc.integer({ min: 0, max: 100 })) }),
    );
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 20 }), fc.integer(), (script, seed) => {
        const plan = twoChoicesPlan(unasked(script.length), seededRandom(seed), calm);
        const { order, elapsedMs } = login(plan, (server) => {
          const said = script[Number(server.server.name.slice(1))];
          return said ? answers(said.afterMs, { rating: said.rating })(server) : undefined;
        });
        expect(elapsedMs).toBeLessThanOrEqual(limitMs);
        expect(names(order).sort()).toEqual(names(plan.draw).sort());
      }),
    );
  });
});

describe('the choice among two servers', () => {
  const [a, b] = unasked(2) as [ServerStatus, ServerStatus];
  const plan: TwoChoicesPlan = { draw: [a, b], tiers: new Map(), coin: 0 };
  const up = (server: ServerStatus, rating = 50): ServerStatus => ({ ...server, state: 'up', rating, ratingAgeMs: 0 });
  const at = (elapsedMs: number, given: readonly ServerStatus[], asked = 2, limit = limitMs) =>
    twoChoicesStep(plan, { asked, answers: given, elapsedMs }, limit, 0);

  it('asks both at the start, and nobody a second time', () => {
    expect(at(0, [], 0)).toEqual({ kind: 'ask', servers: [a, b], againAtMs: 250 });
    expect(at(0, [])).toEqual({ kind: 'ask', servers: [], againAtMs: 250 });
    expect(at(260, [])).toEqual({ kind: 'ask', servers: [], againAtMs: 500 });
  });

  it('is made when both have answered', () => {
    expect(at(1, [up(a), up(b)]).kind).toBe('decided');
    expect(at(1, [up(a), { ...b, state: 'draining', rating: 0 }]).kind).toBe('decided');
  });

  it('is made with one answer after 250 ms, for there is nobody else to ask', () => {
    expect(at(249, [up(a)]).kind).toBe('ask');
    expect(at(250, [up(a)]).kind).toBe('decided');
    expect(at(250, [up(a)], 1).kind).toBe('ask');
    expect(at(499, [up(a)], 1).kind).toBe('ask');
    expect(at(500, [up(a)], 1).kind).toBe('decided');
  });

  it('waits on while the one answer is that of a server which takes nobody', () => {
    const draining: ServerStatus = { ...a, state: 'draining', rating: 0 };
    expect(at(750, [draining]).kind).toBe('ask');
    expect(at(1_999, [draining])).toMatchObject({ kind: 'ask', againAtMs: limitMs });
    expect(at(2_000, [draining]).kind).toBe('decided');
  });

  it('is made after 750 ms where nobody has spoken, but a server without sshd has', () => {
    expect(at(749, []).kind).toBe('ask');
    expect(at(750, []).kind).toBe('decided');
    expect(at(750, [{ ...a, state: 'down', reason: 'timeout' }]).kind).toBe('decided');
    expect(at(750, [{ ...a, state: 'down', reason: 'ssh-down' }]).kind).toBe('ask');
  });

  it('is made at the limit, which may be short', () => {
    expect(at(100, [], 2, 300)).toMatchObject({ againAtMs: 250 });
    expect(at(260, [], 2, 300)).toMatchObject({ againAtMs: 300 });
    expect(at(300, [], 2, 300).kind).toBe('decided');
  });

  const order = (answers: readonly ServerStatus[], more: Partial<TwoChoicesPlan> = {}, asked = 2) =>
    names(twoChoicesOrder({ ...plan, ...more }, { asked, answers }, 0));

  it('takes the higher rating, the lower utilization of equal ones, and else the draw', () => {
    expect(order([up(a, 50), up(b, 51)])).toEqual(['s1', 's0']);
    expect(order([up(a, 51), up(b, 50)])).toEqual(['s0', 's1']);
    expect(order([up(a), up(b)])).toEqual(['s0', 's1']);
    const busy = (server: ServerStatus, sessions: number) => ({ ...up(server), sessions, capacity: 10 });
    expect(order([busy(a, 5), busy(b, 4)])).toEqual(['s1', 's0']);
    expect(order([busy(a, 4), busy(b, 5)])).toEqual(['s0', 's1']);
  });

  it('takes a rated server before an unrated one, whichever is drawn first', () => {
    const unrated = (server: ServerStatus): ServerStatus => ({ ...server, state: 'unrated' });
    expect(order([unrated(a), up(b, 1)])).toEqual(['s1', 's0']);
    expect(order([up(a, 1), unrated(b)])).toEqual(['s0', 's1']);
    expect(order([unrated(a), unrated(b)])).toEqual(['s0', 's1']);
  });

  it('goes by the draw where the coin says that the ratings are not trusted', () => {
    const old = (server: ServerStatus, rating: number) => ({ ...up(server, rating), ratingAgeMs: 10_000 });
    expect(order([old(a, 1), up(b, 99)], { coin: 0.49 })).toEqual(['s1', 's0']);
    expect(order([old(a, 1), up(b, 99)], { coin: 0.5 })).toEqual(['s0', 's1']);
    expect(order([up(a, 1), old(b, 99)], { coin: 0.5 })).toEqual(['s0', 's1']);
  });

  it("leaves the user's own first server under affinity for more than the points alone", () => {
    expect(order([up(a, 50), up(b, 60)], { affinityPoints: 10 })).toEqual(['s0', 's1']);
    expect(order([up(a, 50), up(b, 61)], { affinityPoints: 10 })).toEqual(['s1', 's0']);
    expect(order([up(a, 50), up(b, 51)], { affinityPoints: 0 })).toEqual(['s1', 's0']);
    expect(order([up(b, 50)], { affinityPoints: 0 })).toEqual(['s1', 's0']);
  });

  it('puts those that were not asked behind the usable ones, then the silent, then those that cannot be used', () => {
    const [c, d] = unasked(4).slice(2) as [ServerStatus, ServerStatus];
    const four = { draw: [a, b, c, d] };
    const draining: ServerStatus = { ...a, state: 'draining', rating: 0 };
    expect(order([draining, up(c)], four, 3)).toEqual(['s2', 's3', 's1', 's0']);
  });

  it('keeps the tiers among the silent, and among those that cannot be used', () => {
    const tiers = new Map([[serverKey(a.server), 1]]);
    expect(order([], { tiers })).toEqual(['s1', 's0']);
    const down = (server: ServerStatus): ServerStatus => ({ ...server, state: 'down', reason: 'refused' });
    expect(order([down(a), down(b)], { tiers })).toEqual(['s1', 's0']);
    expect(order([up(a, 99), up(b, 1)], { tiers })).toEqual(['s1', 's0']);
  });
});

describe('the draw', () => {
  it('follows capacity: a server five times as large is drawn first five times as often', () => {
    const statuses = unasked(2).map((one, i) => ({ ...one, capacity: i === 0 ? 50 : 250 }));
    const random = seededRandom(8);
    const { s1 = 0 } = firstPlaces(12_000, () => twoChoicesPlan(statuses, random, calm).draw);
    expect(s1 / 12_000).toBeGreaterThan(0.82);
    expect(s1 / 12_000).toBeLessThan(0.847);
  });

  it('leaves demoted servers, then those down a moment ago, for last', () => {
    const [a, b, c, d] = unasked(4);
    const down = { ...c, state: 'down', reason: 'timeout', askedAt: 0 } as ServerStatus;
    const statuses = [a, b, down, d].filter((one) => one !== undefined);
    const plan = twoChoicesPlan(statuses, seededRandom(9), { now: 59_000, isDemoted: ({ name }) => name === 's0' });
    expect(names(plan.draw).slice(2)).toEqual(['s0', 's2']);
    expect([...plan.tiers.keys()]).toEqual(a ? [serverKey(a.server)] : []);
  });

  it.each<[Partial<ServerStatus>, number | null, string]>([
    [{ state: 'down' }, 60_000, 'last'],
    [{ state: 'down' }, 60_001, 'first'],
    [{ state: 'draining' }, 60_000, 'last'],
    [{ state: 'down' }, null, 'last'],
    [{ state: 'down', askedAt: null }, 60_001, 'last'],
    [{ state: 'down', askedAt: 20_000 }, 80_000, 'last'],
    [{ state: 'down', askedAt: 20_000 }, 80_001, 'first'],
    [{ state: 'checking' }, 0, 'first'],
    [{ state: 'up' }, 0, 'first'],
  ])('asks last, for a minute, who was down or draining: %j at %j comes %s', (known, now, place) => {
    // The draw by capacity puts a large server first.
    const [large, small] = [status('large', { capacity: 1_000_000, ...known }), status('small', { capacity: 1 })];
    const { draw } = twoChoicesPlan([small, large], () => 0.5, { ...calm, now });
    expect(names(draw)).toEqual(place === 'first' ? ['large', 'small'] : ['small', 'large']);
  });
});

describe('the order of the answers', () => {
  const order = (answers: readonly ServerStatus[], plan: Partial<TwoChoicesPlan> = {}): string[] =>
    names(
      twoChoicesOrder({ draw: answers, tiers: new Map(), coin: 0.6, ...plan }, { asked: answers.length, answers }, 0),
    );
  const rated = (name: string, rating: number | null, known: Partial<ServerStatus> = {}): ServerStatus =>
    status(name, { rating, ...known });

  it('has at each place the better one of two', () => {
    expect(order([rated('a', 10), rated('b', 50), rated('c', 90)])).toEqual(['b', 'c', 'a']);
  });

  it('is decided at its first place alone under affinity, by more than the points', () => {
    const answers = [rated('a', 10), rated('b', 50), rated('c', 90)];
    expect(order(answers, { affinityPoints: 39 })).toEqual(['b', 'a', 'c']);
    expect(order(answers, { affinityPoints: 40 })).toEqual(['a', 'b', 'c']);
  });

  it('has a rated server before an unrated one, however old its rating is', () => {
    const old = { ratingAgeMs: 600_000 };
    expect(order([rated('a', null), rated('b', 1, old)])).toEqual(['b', 'a']);
    expect(order([rated('a', 1, old), rated('b', null)])).toEqual(['a', 'b']);
    expect(order([rated('a', null), rated('b', null)])).toEqual(['a', 'b']);
  });

  it('is that of the draw where a rating is trusted no more than the coin says', () => {
    const answers = [rated('a', 10), rated('b', 50, { ratingAgeMs: null })];
    expect([0.49, 0.5].map((coin) => order(answers, { coin })[0])).toEqual(['b', 'a']);
    expect(order([rated('a', 10, { ratingAgeMs: null }), rated('b', 50)], { coin: 0.5 })[0]).toBe('a');
  });

  it('is told by the use of capacity where ratings are equal', () => {
    const used = (name: string, sessions: number) => rated(name, 50, { sessions, capacity: 10 });
    expect(order([used('a', 5), used('b', 4)])).toEqual(['b', 'a']);
    expect(order([used('a', 5), used('b', 5)])).toEqual(['a', 'b']);
  });
});

describe('pools', () => {
  const poolOf = ({ name }: { name: string }): number => (name === 's0' || name === 's1' ? 10 : 20);

  it('are asked one after the other, and a usable server of the first wins whatever the ratings', () => {
    for (let seed = 0; seed < 50; seed++) {
      const plan = twoChoicesPlan(unasked(6), seededRandom(seed), { ...calm, poolOf });
      expect(names(plan.draw).slice(0, 2).sort()).toEqual(['s0', 's1']);
      const { order } = login(plan, (server) =>
        server.server.name === 's0' ? undefined : answers(1, { rating: server.server.name === 's1' ? 1 : 99 })(server),
      );
      expect(order[0]?.server.name).toBe('s1');
    }
  });
});

describe('servers that have what the user picked', () => {
  it('are asked before the others, and win whatever the ratings', () => {
    const lacks = ({ name }: { name: string }): number => (name === 's4' ? 0 : 1);
    for (let seed = 0; seed < 50; seed++) {
      const plan = twoChoicesPlan(unasked(6), seededRandom(seed), { ...calm, lacks });
      const { order } = login(plan, (server) => answers(1, { rating: server.server.name === 's4' ? 1 : 99 })(server));
      expect(order[0]?.server.name).toBe('s4');
    }
  });
});

describe('of two answers', () => {
  const better = (a: Partial<ServerStatus>, b: Partial<ServerStatus>, seed = 11): number => {
    const random = seededRandom(seed);
    const statuses = [status('a', a), status('b', b)];
    return (firstPlaces(2_000, () => orderCandidates('two-choices', statuses, random, calm)).a ?? 0) / 2_000;
  };

  it('the higher rating wins, always while it is fresh', () => {
    expect(better({ rating: 51 }, { rating: 50 })).toBe(1);
  });

  it('a rated server wins against an unrated one', () => {
    expect(better({ rating: 1 }, { state: 'unrated' })).toBe(1);
  });

  it('equal ratings are told apart by sessions over capacity, else by the draw', () => {
    expect(better({ rating: 50, sessions: 100, capacity: 201 }, { rating: 50, sessions: 101, capacity: 201 })).toBe(1);
    expect(better({ rating: 50 }, { rating: 50 })).toBeCloseTo(0.5, 1);
  });

  it('the rating decides in half of the logins where its age is unknown, and hardly where it is old', () => {
    const unknown = better({ rating: 90, ratingAgeMs: null }, { rating: 10, ratingAgeMs: null });
    expect(unknown).toBeGreaterThan(0.7);
    expect(unknown).toBeLessThan(0.8);
    expect(better({ rating: 90, ratingAgeMs: 600_000 }, { rating: 10, ratingAgeMs: 600_000 })).toBeCloseTo(0.5, 1);
  });
});
