import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logIn } from '../../../src/login/login.js';
import { ownNumbers } from '../../../src/servers/balancing/affinity.js';
import { type BalancingContext, emptyContext } from '../../../src/servers/balancing/balancing-context.js';
import { orderCandidates } from '../../../src/servers/balancing/choose.js';
import { twoChoicesPlan, twoChoicesStep } from '../../../src/servers/balancing/two-choices.js';
import type { ServerStatus } from '../../../src/servers/server-status.js';
import { Secret } from '../../../src/shared/secret.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';
import { address, names, status } from '../../support/statuses.js';
import { loginDependenciesFor } from '../support/login-dependencies.js';

const list = (count: number, known: Partial<ServerStatus> = { rating: 50 }): ServerStatus[] =>
  Array.from({ length: count }, (_, i) => status(`s${i}`, known));
const of = (user: string, points = 0): BalancingContext => ({
  ...emptyContext,
  now: 0,
  affinity: { numberOf: ownNumbers(user), points },
});
const order = (user: string, statuses: readonly ServerStatus[], context: Partial<BalancingContext> = {}): string[] =>
  names(orderCandidates('affinity', statuses, Math.random, { ...of(user), ...context }));
const firsts = (users: number, statuses: readonly ServerStatus[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let user = 0; user < users; user++) {
    const [first = ''] = order(`user${user}`, statuses);
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
};

describe("a user's number for a server", () => {
  it('is that of SHA-256, as sha256sum prints it', () => {
    // printf 'alice app1 22' | sha256sum
    const numberOf = ownNumbers('alice');
    expect(numberOf(address('app1'))).toBe(0xff308571480a7 / 2 ** 52);
    expect(numberOf(address('2001:db8::1'))).toBe(0x90c330b8bad93 / 2 ** 52);
  });

  it.each([
    ['app1', 'APP1', 'app1.', 'app1:22', 'App1.:22'],
    ['2001:db8::1', '2001:DB8::1', '[2001:db8:0:0:0:0:0:1]', '[2001:db8::0001]:22'],
  ])('does not depend on how %s is spelled', (...spellings) => {
    const numbers = spellings.map((spelling) => ownNumbers('alice')(address(spelling)));
    expect(new Set(numbers).size).toBe(1);
    expect(ownNumbers('alice')(address('app1:23'))).not.toBe(numbers[0]);
  });

  it('does not depend on how the user spells himself', () => {
    const server = address('app1');
    expect(ownNumbers('ALICE')(server)).toBe(ownNumbers('alice')(server));
    expect(ownNumbers('zoe\u0308')(server)).toBe(ownNumbers('zo\u00eb')(server));
    expect(ownNumbers('bob')(server)).not.toBe(ownNumbers('alice')(server));
  });
});

describe('affinity', () => {
  const anyCapacities = fc.array(fc.option(fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 30 });

  it('gives a user the same order each time, in whatever order the list names the servers', () => {
    fc.assert(
      fc.property(anyCapacities, fc.string(), fc.integer(), (capacities, user, seed) => {
        const statuses = capacities.map((capacity, i) => status(`s${i}`, { rating: 50, capacity }));
        const turned = orderCandidates('affinity', statuses.toReversed(), seededRandom(seed), of(user));
        expect(names(turned)).toEqual(order(user, statuses));
      }),
    );
  });

  it('leaves the order of the others as it was when a server comes, goes, dies or drains', () => {
    fc.assert(
      fc.property(anyCapacities, fc.string(), fc.integer({ min: 1, max: 400 }), (some, user, capacity) => {
        // The mean stands for an unknown capacity, and changes with the servers.
        const known = some.map((one) => one ?? 70);
        const before = known.map((one, i) => status(`s${i}`, { rating: 50, capacity: one }));
        const without = order(user, before);
        const others = (state: Partial<ServerStatus>): string[] =>
          order(user, [...before, status('new', { rating: 50, capacity, ...state })]).filter((name) => name !== 'new');
        expect(others({})).toEqual(without);
        expect(others({ state: 'down', reason: 'timeout', rating: null, capacity: null })).toEqual(without);
        expect(others({ state: 'draining', rating: 0 })).toEqual(without);
      }),
    );
  });

  it('moves no more than its share of the users when a server is added, and nobody between the others', () => {
    const users = 3_000;
    const [before, after] = [list(30), list(31)];
    let moved = 0;
    for (let user = 0; user < users; user++) {
      const [was, is] = [order(`user${user}`, before)[0], order(`user${user}`, after)[0]];
      if (was === is) continue;
      expect(is).toBe('s30');
      moved++;
    }
    // 1/31 of them; 99.9 % of all draws lie within these bounds.
    expect(moved).toBeGreaterThan(66);
    expect(moved).toBeLessThan(130);
  });

  it('gives each server its share by capacity', () => {
    const statuses = list(10).map((one, i) => ({ ...one, capacity: i < 5 ? 20 : 80 }));
    const counts = firsts(10_000, statuses);
    const chiSquare = statuses.reduce((sum, { server, capacity }) => {
      const expected = (10_000 * (capacity ?? 0)) / 500;
      return sum + ((counts[server.name] ?? 0) - expected) ** 2 / expected;
    }, 0);
    // 99.9 % with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
  });

  it("spreads a dead server's users over all others, and takes them back when it lives again", () => {
    const alive = list(11);
    const dead = alive.map((one, i) => (i === 0 ? status('s0', { state: 'down', reason: 'timeout' }) : one));
    const counts: Record<string, number> = {};
    for (let user = 0; user < 11_000; user++) {
      const name = `user${user}`;
      if (order(name, alive)[0] !== 's0') continue;
      const [first = ''] = order(name, dead);
      counts[first] = (counts[first] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toHaveLength(10);
    // 100 each; 4 standard deviations.
    for (const count of Object.values(counts)) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  it('takes the second where it rates higher, by more than the points; ties go to the first', () => {
    const [first = '', second = '', third = ''] = order('alice', list(5));
    const rated = (ratings: Record<string, number>, points: number): string[] =>
      order(
        'alice',
        list(5).map((one) => ({ ...one, rating: ratings[one.server.name] ?? 100 })),
        of('alice', points),
      );
    expect(rated({ [first]: 50, [second]: 50 }, 0).slice(0, 3)).toEqual([first, second, third]);
    expect(rated({ [first]: 50, [second]: 51 }, 0).slice(0, 3)).toEqual([second, first, third]);
    expect(rated({ [first]: 50, [second]: 55 }, 5).slice(0, 3)).toEqual([first, second, third]);
    expect(rated({ [first]: 50, [second]: 56 }, 5).slice(0, 3)).toEqual([second, first, third]);
    const tied = list(5).map((one) => ({ ...one, capacity: 100, sessions: one.server.name === first ? 9 : 1 }));
    expect(order('alice', tied)[0]).toBe(first);
  });

  it('goes by a rating of unknown age in half of the logins, and by an old one hardly ever', () => {
    const statuses = list(5, { rating: 10 });
    const [first, second] = order('alice', statuses);
    const moved = (ratingAgeMs: number | null): number => {
      const random = seededRandom(1);
      const known = statuses.map((one) => ({ ...one, ratingAgeMs, rating: one.server.name === second ? 90 : 10 }));
      const tries = Array.from({ length: 1_000 }, () => names(orderCandidates('affinity', known, random, of('alice'))));
      expect(new Set(tries.map(([one]) => one))).toEqual(new Set([first, second]));
      return tries.filter(([one]) => one === second).length;
    };
    expect(Math.abs(moved(null) - 500)).toBeLessThan(70);
    expect(moved(600_000)).toBeLessThan(40);
  });

  it('keeps to pools, demotions and what was picked, in the own order within each', () => {
    const statuses = list(12);
    const number = ({ name }: { name: string }): number => Number(name.slice(1));
    const own = order('alice', statuses);
    const some = (from: number, to: number): string[] =>
      own.filter((name) => number({ name }) >= from && number({ name }) < to);
    const tiers = {
      poolOf: (server: { name: string }) => (number(server) < 3 ? 10 : 20),
      isDemoted: (server: { name: string }) => number(server) >= 6,
      lacks: (server: { name: string }) => (number(server) >= 9 ? 1 : 0),
    };
    expect(order('alice', statuses, tiers)).toEqual([...some(0, 3), ...some(3, 6), ...some(6, 9), ...some(9, 12)]);
  });

  it('puts unrated servers behind rated ones, unless most are unrated; then all are in the own order', () => {
    const own = order('alice', list(9));
    const unrated = (some: readonly string[]): string[] =>
      order(
        'alice',
        list(9).map((one) =>
          some.includes(one.server.name) ? status(one.server.name, { state: 'unrated', ratingAgeMs: null }) : one,
        ),
      );
    expect(unrated(own.slice(0, 4))).toEqual([...own.slice(4), ...own.slice(0, 4)]);
    expect(unrated(own.slice(0, 5))).toEqual(own);
  });

  it('keeps the own order when most seem dead, and among those that cannot be used', () => {
    const own = order('alice', list(6));
    const dead = (count: number): string[] =>
      order(
        'alice',
        list(6).map((one) =>
          own.indexOf(one.server.name) < count ? status(one.server.name, { state: 'down', reason: 'timeout' }) : one,
        ),
      );
    expect(dead(3)).toEqual([...own.slice(3), ...own.slice(0, 3)]);
    expect(dead(4)).toEqual(own);
    expect(dead(6)).toEqual(own);
  });
});

describe('a login', () => {
  /** The servers in the order in which they are tried; nothing listens there. */
  async function tried(request: { readonly user: string; readonly whose?: string }): Promise<readonly string[]> {
    const ports = [1, 2, 3, 4, 5, 6, 7, 8];
    const LDM_SERVER = ports.map((port) => `127.0.0.1:${port}`).join(' ');
    const connecting: (readonly string[])[] = [];
    await logIn(
      { ...request, password: new Secret('x'), choice: { mode: 'automatic' }, command: { line: '', input: undefined } },
      loginDependenciesFor({ LDM_SERVER, LDM_BALANCE: 'affinity', LDM_INFO_PORT: '9' }, []),
      {
        tell: (news) => void (news.kind === 'failed' && connecting.push([news.failure.server])),
        ask: async () => new Secret(''),
        mayGoOn: async () => true,
      },
      new AbortController().signal,
    );
    return connecting.flat();
  }

  it("tries the user's own servers in his order, and a guest's by the name of the client", async () => {
    const own = (user: string): readonly string[] =>
      order(
        user,
        [1, 2, 3, 4, 5, 6, 7, 8].map((port) => status(`127.0.0.1:${port}`)),
      );
    expect(await tried({ user: 'alice' })).toEqual(own('alice'));
    expect(await tried({ user: 'kiosk', whose: 'pc07' })).toEqual(own('pc07'));
    expect(own('kiosk')).not.toEqual(own('pc07'));
  });
});

describe('a login that has not asked yet', () => {
  const unasked = list(30, { state: 'checking', rating: null, capacity: 70, ratingAgeMs: null });
  const plan = twoChoicesPlan(unasked, Math.random, of('alice'));
  const [first, second, third] = plan.draw;
  const own = names(plan.draw);
  const answer = (one: ServerStatus | undefined, known: Partial<ServerStatus>): ServerStatus =>
    status(one?.server.name ?? '', { rating: 50, ...known });

  it('asks the two that come first when all have answered, and goes by their answers', () => {
    expect(own).toEqual(order('alice', list(30)));
    const asked = twoChoicesStep(plan, { asked: 0, answers: [], elapsedMs: 0 }, 2_000, 0);
    expect(asked.kind === 'ask' && names(asked.servers)).toEqual(own.slice(0, 2));
    const decided = (ratings: readonly [number, number]): string[] | false => {
      const answers = [answer(second, { rating: ratings[1] }), answer(first, { rating: ratings[0] })];
      const step = twoChoicesStep(plan, { asked: 2, answers, elapsedMs: 2 }, 2_000, 0);
      return step.kind === 'decided' && names(step.order);
    };
    expect(decided([50, 50])).toEqual(own);
    expect(decided([50, 51])).toEqual([own[1], own[0], ...own.slice(2)]);
  });

  it('asks the third at once when one of the two refuses, and takes the better of the two that live', () => {
    const refused = answer(first, { state: 'down', reason: 'refused', rating: null });
    const further = twoChoicesStep(plan, { asked: 2, answers: [refused], elapsedMs: 1 }, 2_000, 0);
    expect(further.kind === 'ask' && names(further.servers)).toEqual([own[2]]);
    const answers = [refused, answer(third, { rating: 60 }), answer(second, {})];
    const step = twoChoicesStep(plan, { asked: 3, answers, elapsedMs: 2 }, 2_000, 0);
    expect(step.kind === 'decided' && names(step.order)).toEqual([own[2], own[1], ...own.slice(3), own[0]]);
  });
});
