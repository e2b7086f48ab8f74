import { afterEach, describe, expect, it, vi } from 'vitest';
import { findCandidates } from '../../../src/login/candidates.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { DemotionMemory } from '../../../src/servers/balancing/demotion-file.js';
import { twoChoicesPlan } from '../../../src/servers/balancing/two-choices.js';
import type { ServerList } from '../../../src/servers/discovery/server-list.js';
import type { ProbeResult, Question } from '../../../src/servers/probe.js';
import { uncheckedStatus } from '../../../src/servers/server-status.js';
import { readSettings } from '../../../src/settings/settings.js';
import { parseServerAddress } from '../../../src/shared/server-address.js';
import { seededRandom } from '../../../src/simulation/seeded-random.js';
import { address, ownOrder } from '../../support/statuses.js';

const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
const servers = names.flatMap((name) => parseServerAddress(name, 22) ?? []);
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const noDemotions: DemotionMemory = { isDemoted: () => false, failed: () => {}, succeeded: () => {} };

function setClockAhead(ms: number): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
}

/** What a promise comes to, while the fake clock runs as far as that needs. */
async function inFakeTime<T>(promise: Promise<T>): Promise<T> {
  let isOpen = true;
  const result = promise.finally(() => {
    isOpen = false;
  });
  for (let step = 0; isOpen && step < 1_000; step += 1) await vi.advanceTimersByTimeAsync(10);
  return result;
}

/** A cluster whose answers are a table; keeps who was asked. */
function cluster(
  rating: (name: string) => number | 'silent',
  source: ServerList['source'] = 'LDM_SERVER',
  poolOf: ServerList['poolOf'] = () => 0,
  random = seededRandom(1),
) {
  const asked: string[] = [];
  const monitor = new ServerMonitor({
    gather: async () => ({ servers, source, poolOf, weightOf: () => undefined, macOf: () => undefined }),
    ask: async ({ name }): Promise<ProbeResult> => {
      asked.push(name);
      const says = rating(name);
      if (says === 'silent') {
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return { kind: 'down', reason: 'timeout', address: null };
      }
      const info = parseServerInfo(`rating:${says}\nage:0\n`);
      if (!info) throw new Error('no info');
      return { kind: 'info', info, address: '10.0.0.1' };
    },
  });
  const find = (variables: Record<string, string>, whose?: string) =>
    findCandidates(
      { choice: { mode: 'automatic' }, whose },
      {
        settings: readSettings(variables),
        monitor,
        demotions: noDemotions,
        random,
        now: () => performance.now(),
      },
    );
  return { asked, monitor, find };
}

describe('the candidates of a login', () => {
  it('are found by two-choices with two questions, not thirty', async () => {
    const { asked, find } = cluster(() => 50);
    const order = await find({ LDM_BALANCE: 'two-choices' });
    expect(asked.length).toBe(2);
    expect(order?.length).toBe(30);
    expect(
      order
        ?.slice(0, 2)
        .map(({ server }) => server.name)
        .sort(),
    ).toEqual([...asked].sort());
  });

  it('are found by two-choices among others while the drawn ones are silent', async () => {
    vi.useFakeTimers();
    const silent = twoChoicesPlan(
      servers.map((server) => uncheckedStatus(server)),
      seededRandom(7),
      { now: 0, isDemoted: () => false },
    );
    const [first, second, third] = silent.draw.map(({ server }) => server.name);
    const rating = (name: string) => (name === first || name === second ? 'silent' : 50);
    const { asked, find } = cluster(rating, 'LDM_SERVER', () => 0, seededRandom(7));
    const order = await inFakeTime(find({ LDM_BALANCE: 'two-choices', LDM_PROBE_TIMEOUT: '10' }));
    expect(order?.[0]?.server.name).toBe(third);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('are gone on with by two-choices in the order of the draw, when no info service says a word', async () => {
    vi.useFakeTimers();
    const { asked, find } = cluster(() => 'silent');
    const began = performance.now();
    const order = await inFakeTime(find({ LDM_BALANCE: 'two-choices', LDM_PROBE_TIMEOUT: '10' }));
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(order).toHaveLength(30);
    expect(asked).toHaveLength(4);
    expect(order?.slice(0, 26).some(({ server }) => asked.includes(server.name))).toBe(false);
  });

  it("are found by affinity with questions to the user's own two servers, once all were heard", async () => {
    const { asked, monitor, find } = cluster(() => 50);
    await (await monitor.askAll()).complete;
    // Too old to go by: the two are asked again.
    setClockAhead(6_000);
    for (const user of ['alice', 'bob', 'carol']) {
      asked.length = 0;
      const order = (await find({ LDM_BALANCE: 'affinity' }, user))?.map(({ server }) => server.name);
      expect(asked).toEqual(order?.slice(0, 2));
      expect(asked).toEqual(ownOrder(user, names).slice(0, 2));
    }
  });

  it('are found by affinity with one question to all where none was heard, as the own two follow from capacity', async () => {
    const { asked, find } = cluster(() => 50);
    const order = await find({ LDM_BALANCE: 'affinity' }, 'alice');
    expect(order?.map(({ server }) => server.name)).toEqual(ownOrder('alice', names));
    expect(asked.toSorted()).toEqual(names.toSorted());
  });

  it('stay with the first of the own two servers up to LDM_AFFINITY_POINTS', async () => {
    const [first, second] = ownOrder('alice', names);
    const taken = async (points: string) => {
      const { find } = cluster((name) => (name === second ? 57 : 50));
      return (await find({ LDM_BALANCE: 'affinity', LDM_AFFINITY_POINTS: points }, 'alice'))?.[0]?.server.name;
    };
    expect(await taken('6')).toBe(second);
    expect(await taken('7')).toBe(first);
  });

  it('are not asked for again while the last answers are fresh', async () => {
    const { asked, monitor, find } = cluster(() => 50);
    await (await monitor.askAll()).complete;
    await find({ LDM_BALANCE: 'two-choices' });
    await find({ LDM_BALANCE: 'weighted' });
    expect(asked.length).toBe(30);
  });

  it('keep the order of the list where get_hosts wrote it, and are shuffled where it is just a list', async () => {
    const inOrder = async (source: ServerList['source']) =>
      (await cluster(() => 50, source).find({}))?.map(({ server }) => server.name);
    expect(await inOrder('get_hosts')).toEqual(names);
    expect(await inOrder('LDM_SERVER')).not.toEqual(names);
  });

  it.each(['two-choices', 'weighted', 'listed'])(
    'come by %s from the first pool that has somebody, and from the next where it has nobody',
    async (rule) => {
      const number = ({ name }: { name: string }): number => Number(name.slice(1));
      const pools = (server: { name: string }): number => (number(server) < 4 ? 10 : 20);
      vi.useFakeTimers();
      const alive = await cluster(() => 50, 'srv', pools).find({ LDM_BALANCE: rule });
      expect(alive?.slice(0, 4).every(({ server }) => number(server) < 4)).toBe(true);
      const dead = cluster((name) => (Number(name.slice(1)) < 4 ? 'silent' : 50), 'srv', pools);
      const order = await inFakeTime(dead.find({ LDM_BALANCE: rule, LDM_PROBE_TIMEOUT: '1' }));
      expect(order?.[0] && number(order[0].server)).toBeGreaterThanOrEqual(4);
      expect(order?.length).toBe(30);
    },
  );

  it('are by hand the one server, whether or not it answered', async () => {
    const { monitor } = cluster(() => 'silent');
    const dependencies = {
      settings: readSettings({}),
      monitor,
      demotions: noDemotions,
      random: Math.random,
      now: () => 0,
    };
    const chosen = await findCandidates({ choice: { mode: 'server', name: 's7' } }, dependencies);
    expect(chosen?.map(({ server }) => server.name)).toEqual(['s7']);
    for (const spelling of ['S7', 's7:22', 's7.']) {
      const [again] = (await findCandidates({ choice: { mode: 'server', name: spelling } }, dependencies)) ?? [];
      expect(again?.server.name, spelling).toBe('s7');
    }
    for (const other of ['other', 's7:23', '']) {
      expect(await findCandidates({ choice: { mode: 'server', name: other } }, dependencies), other).toBeUndefined();
    }
  });
});

describe('the servers of this client', () => {
  const list: ServerList = {
    servers: [address('a'), address('b')],
    source: 'LDM_SERVER',
    poolOf: () => 0,
    weightOf: () => undefined,
    macOf: () => undefined,
  };
  const up: ProbeResult = { kind: 'ssh-only', address: '10.0.0.1' };

  it('are none before the list is there, and unknown until they answer', async () => {
    const monitor = new ServerMonitor({ gather: async () => list, ask: () => new Promise<ProbeResult>(() => {}) });
    expect(monitor.statuses()).toEqual([]);
    (await monitor.askAll()).stop();
    expect(monitor.statuses().map(({ state }) => state)).toEqual(['checking', 'checking']);
  });

  it('are asked quickly for a login, and thoroughly where that is wanted', async () => {
    const questions: Question[] = [];
    const ask = async (_: unknown, question: Question) => {
      questions.push(question);
      return up;
    };
    const monitor = new ServerMonitor({ gather: async () => list, ask });
    await (await monitor.askAll()).complete;
    await (await monitor.askAll('thorough')).complete;
    await monitor.askOne(address('a'));
    expect(questions.map(({ care }) => care)).toEqual(['quick', 'quick', 'thorough', 'thorough', 'quick']);
    const parts = { signal: expect.any(AbortSignal), onEarly: expect.any(Function) };
    for (const question of questions) expect(question).toMatchObject(parts);
  });

  it('tell those who listen of each change, and nobody else', async () => {
    const monitor = new ServerMonitor({ gather: async () => list, ask: async () => up });
    const [stays, leaves] = [vi.fn(), vi.fn()];
    monitor.onChange(stays);
    const stop = monitor.onChange(leaves);
    await monitor.servers();
    await monitor.askOne(address('a'));
    expect([stays, leaves].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    stop();
    await (await monitor.askAll()).complete;
    // The round has begun, and both have answered.
    expect([stays, leaves].map(({ mock }) => mock.calls.length)).toEqual([4, 1]);
  });

  it('are known by an early answer of one, with its time', async () => {
    let last = (_: ProbeResult): void => {};
    const ask = (_: unknown, { onEarly }: Question) => {
      vi.spyOn(performance, 'now').mockReturnValue(1_020.4);
      onEarly(up);
      return new Promise<ProbeResult>((resolve) => {
        last = resolve;
      });
    };
    const monitor = new ServerMonitor({ gather: async () => list, ask });
    await monitor.servers();
    vi.spyOn(performance, 'now').mockReturnValue(1_000);
    expect(await monitor.askOne(address('a'))).toMatchObject({ state: 'unrated', ms: 20 });
    last({ kind: 'down', reason: 'refused', address: null });
    await Promise.resolve();
    expect(monitor.statuses()[0]).toMatchObject({ state: 'down' });
  });

  it('are fresh for 5 s after the round began', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const monitor = new ServerMonitor({ gather: async () => list, ask: async () => up });
    expect(monitor.freshSurvey()).toBeUndefined();
    const survey = await monitor.askAll();
    clock.mockReturnValue(6_000);
    expect(monitor.freshSurvey()).toBe(survey);
    clock.mockReturnValue(6_001);
    expect(monitor.freshSurvey()).toBeUndefined();
  });
});

describe('a list that tells what its servers are like', () => {
  const told = (...ratings: number[]): ServerList => {
    const list = ratings.map((rating, index) => ({
      ...uncheckedStatus(address(`t${index}`), performance.now()),
      state: 'up' as const,
      rating,
      ratingAgeMs: 0,
    }));
    return { servers: list.map(({ server }) => server), source: 'etcd', told: list, ...plain };
  };
  const plain = { poolOf: () => 0, weightOf: () => undefined, macOf: () => undefined };

  /** A list that is each of these in turn; counts how often it was read, and who was asked. */
  function fleetOf(...lists: readonly ServerList[]) {
    let reads = 0;
    const asked: string[] = [];
    const read = async (): Promise<ServerList> => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const list = lists[Math.min(reads, lists.length - 1)];
      reads += 1;
      if (list === undefined) throw new Error('no list');
      return { ...list, again: read };
    };
    const ask = async ({ name }: { name: string }): Promise<ProbeResult> => {
      asked.push(name);
      return { kind: 'ssh-only', address: '10.0.0.1' };
    };
    const monitor = new ServerMonitor({ gather: read, ask });
    const find = (rule: string) =>
      findCandidates(
        { choice: { mode: 'automatic' } },
        {
          settings: readSettings({ LDM_BALANCE: rule }),
          monitor,
          demotions: noDemotions,
          random: Math.random,
          now: () => performance.now(),
        },
      );
    return { monitor, find, asked, reads: () => reads };
  }
  const named = (statuses: readonly { server: { name: string } }[] = []) => statuses.map(({ server }) => server.name);

  it.each(['two-choices', 'random', 'best'])('is read once for a login by %s, and no server is asked', async (rule) => {
    const { find, asked, reads } = fleetOf(told(10, 90));
    const order = await find(rule);
    expect(named(order).sort()).toEqual(['t0', 't1']);
    if (rule !== 'random') expect(named(order)[0]).toBe('t1');
    expect(reads()).toBe(1);
    expect(asked).toEqual([]);
  });

  it('is read once for all callers at one time, and again for the next; changes show', async () => {
    const { monitor, asked, reads } = fleetOf(told(10, 90), told(20, 30, 40));
    const [one, other] = await Promise.all([monitor.askAll(), monitor.askAll(), monitor.servers()]);
    expect(named(one.statuses())).toEqual(named(other.statuses()));
    expect(reads()).toBe(1);
    await monitor.askAll();
    expect(reads()).toBe(2);
    expect(monitor.statuses().map(({ rating }) => rating)).toEqual([20, 30, 40]);
    expect(asked).toEqual([]);
  });

  it.each([
    [6_000, 1],
    [6_001, 2],
  ])('that was read at 1000 ms and is used at %d ms is read %d times', async (ms, times) => {
    const { monitor, reads } = fleetOf(told(10), told(20));
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    await monitor.servers();
    clock.mockReturnValue(ms);
    await monitor.askAll();
    expect(reads()).toBe(times);
  });

  it('that is away leaves the servers that it named last, and they are asked themselves', async () => {
    const { told: _, ...away } = told(10, 90);
    const { monitor, asked, find } = fleetOf(told(10, 90), { ...away, isLastResort: true });
    await monitor.askAll();
    await (await monitor.askAll()).complete;
    expect(asked).toEqual(['t0', 't1']);
    expect(named(await find('random')).sort()).toEqual(['t0', 't1']);
  });
});

describe('the list that is asked for again', () => {
  const plain = (source: ServerList['source'], ...words: string[]): ServerList => ({
    servers: words.map(address),
    source,
    poolOf: () => 0,
    weightOf: () => undefined,
    macOf: () => undefined,
  });
  function fleetOf(...lists: ServerList[]) {
    const gather = async (): Promise<ServerList> => lists.shift() ?? expect.fail('asked too often');
    return new ServerMonitor({ gather, ask: async () => ({ kind: 'down', reason: 'refused', address: null }) });
  }
  const known = (monitor: ServerMonitor) => monitor.statuses().map(({ server }) => server.name);

  it('has the servers that were listed meanwhile', async () => {
    const monitor = fleetOf(plain('get_hosts', 'a'), plain('get_hosts', 'a', 'b'));
    await (await monitor.askAll()).complete;
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual(['a']);
    monitor.readListAgain();
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual(['a', 'b']);
  });

  it('stays what it was while nobody gives another, and gives way to the first that was ever given', async () => {
    const last: ServerList = { ...plain('default', 'server'), isLastResort: true };
    const monitor = fleetOf(last, plain('srv', 'a'), last);
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual(['server']);
    monitor.readListAgain();
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual(['a']);
    monitor.readListAgain();
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual(['a']);
    expect((await monitor.servers()).isLastResort).toBe(true);
  });

  it('is not kept where it was only the default itself', async () => {
    const [last, other] = ['server', 'other'].map(
      (name) => ({ ...plain('default', name), isLastResort: true }) as const,
    );
    const monitor = fleetOf(...[last, other].flatMap((list) => list ?? []));
    await monitor.servers();
    monitor.readListAgain();
    await monitor.servers();
    expect(known(monitor)).toEqual(['other']);
  });

  it.each([
    ['the source that is away, where that tells how', { again: async () => plain('etcd', 'new') }, 'new'],
    ['its own source, where no other tells how', {}, 'old'],
  ])('is read again from %s', async (_, again, name) => {
    const first = { ...plain('etcd', 'a'), again: async () => plain('etcd', 'old') };
    const monitor = fleetOf(first, { ...plain('default', 'server'), isLastResort: true, ...again });
    await monitor.servers();
    monitor.readListAgain();
    await (await monitor.askAll()).complete;
    await (await monitor.askAll()).complete;
    expect(known(monitor)).toEqual([name]);
  });
});
