import { describe, expect, it } from 'vitest';
import { findCandidates, ownServers, type ServerWish } from '../../../src/login/candidates.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { ServerList } from '../../../src/servers/discovery/server-list.js';
import type { ProbeResult } from '../../../src/servers/probe.js';
import { parseServerList, readSettings } from '../../../src/settings/settings.js';
import { names as namesOf, ownOrder } from '../../support/statuses.js';

interface Cluster {
  readonly names: readonly string[];
  readonly source?: ServerList['source'];
  readonly rating?: (name: string) => number;
  readonly demoted?: string;
  readonly list?: Partial<ServerList>;
}

/** Servers that answer at once. Each draw gives one half. */
function cluster({ names, source = 'LDM_SERVER', rating = () => 50, demoted, list }: Cluster, variables = {}) {
  const asked: string[] = [];
  const monitor = new ServerMonitor({
    gather: async () => ({
      servers: parseServerList(names, 22),
      source,
      poolOf: () => 0,
      weightOf: () => undefined,
      macOf: () => undefined,
      ...list,
    }),
    ask: async ({ name }): Promise<ProbeResult> => {
      asked.push(name);
      const info = parseServerInfo(`rating:${rating(name)}\nage:0\n`);
      if (info === undefined) throw new Error('no info');
      return { kind: 'info', info, address: '10.0.0.1' };
    },
  });
  const dependencies = {
    settings: readSettings(variables),
    monitor,
    demotions: { isDemoted: ({ name }: { name: string }) => name === demoted, failed: () => {}, succeeded: () => {} },
    random: () => 0.5,
    now: () => performance.now(),
  };
  return {
    asked,
    monitor,
    find: async (wish: ServerWish = automatic) => {
      const found = await findCandidates(wish, dependencies);
      return found && namesOf(found);
    },
    own: async (wish: ServerWish) => namesOf(await ownServers(wish, dependencies)),
  };
}
const automatic: ServerWish = { choice: { mode: 'automatic' } };
const byHand = (name: string): ServerWish => ({ choice: { mode: 'server', name } });
const listed = { LDM_BALANCE: 'listed' };
const ten = Array.from({ length: 10 }, (_, at) => `s${at}`);
const numberOf = (name: string): number => Number(name.slice(1));

describe('the candidates of a login by hand', () => {
  const names = ['app1', 'app2', '[2001:db8::1]:2222'];

  it('are the chosen server alone, without a question to any', async () => {
    const { asked, find } = cluster({ names });
    expect(await find(byHand('app2'))).toEqual(['app2']);
    expect(asked).toEqual([]);
  });

  it.each([
    ['[2001:db8:0::1]:2222', '[2001:db8::1]:2222'],
    ['[2001:DB8::1]:2222', '[2001:db8::1]:2222'],
    ['app1', 'app1'],
    ['APP1.', 'app1'],
    ['app1:22', 'app1'],
  ])('by the spelling %s are %s', async (spelling, name) => {
    expect(await cluster({ names }).find(byHand(spelling))).toEqual([name]);
  });

  it('know a server by its name in the list, whatever port the list has for it', async () => {
    const servers = parseServerList(['app1'], 2222);
    expect(await cluster({ names, list: { servers } }).find(byHand('app1'))).toEqual(['app1']);
  });

  it.each(['app3', 'app1:2222', '-x', ''])('are undefined for a server that is not in the list: %j', async (name) => {
    expect(await cluster({ names }).find(byHand(name))).toBeUndefined();
  });
});

describe('the rule that applies', () => {
  const names = ['s1', 's2', 's3', 's4'];
  const shuffled = ['s1', 's4', 's2', 's3'];
  const bestFirst = names.toReversed();
  const rating = (name: string): number => numberOf(name) * 20;

  it.each(['LDM_SERVER', 'etcd', 'default'] as const)('is chance if the list comes from %s', async (source) => {
    expect(await cluster({ names, source }).find()).toEqual(shuffled);
  });

  it.each(['get_hosts', 'srv'] as const)('is the order of the list if it comes from %s', async (source) => {
    expect(await cluster({ names, source }).find()).toEqual(names);
  });

  it.each(['LDM_SERVER', 'get_hosts', 'srv'] as const)('is LDM_BALANCE if the list comes from %s', async (source) => {
    const by = (LDM_BALANCE: string) => cluster({ names, source, rating }, { LDM_BALANCE }).find();
    expect(await by('random')).toEqual(shuffled);
    expect(await by('listed')).toEqual(names);
    expect(await by('best')).toEqual(bestFirst);
  });
});

describe('the candidates of a login in automatic mode', () => {
  it('start with the servers that have what was picked, then the first pool, with the demoted last', async () => {
    const names = ['s1', 's2', 's3'];
    expect(await cluster({ names, demoted: 's1' }, listed).find()).toEqual(['s2', 's3', 's1']);
    const poolOf = ({ name }: { name: string }): number => (name === 's3' ? 0 : 1);
    expect(await cluster({ names, list: { poolOf } }, listed).find()).toEqual(['s3', 's1', 's2']);
    const lacks = ({ name }: { name: string }): number => (name === 's2' ? 0 : 1);
    expect(await cluster({ names, list: { poolOf } }, listed).find({ ...automatic, lacks })).toEqual([
      's2',
      's3',
      's1',
    ]);
  });

  it('are drawn by the weight of the list', async () => {
    const weightOf = ({ name }: { name: string }): number => numberOf(name) + 1;
    expect(
      await cluster({ names: ['s1', 's2', 's3'], list: { weightOf } }, { LDM_BALANCE: 'weighted' }).find(),
    ).toEqual(['s3', 's2', 's1']);
  });

  it('are all asked but by two-choices, which asks two', async () => {
    const all = cluster({ names: ten }, listed);
    await all.find();
    expect(all.asked).toHaveLength(10);
    const two = cluster({ names: ten }, { LDM_BALANCE: 'two-choices' });
    expect(await two.find()).toHaveLength(10);
    expect(two.asked).toHaveLength(2);
  });

  it('are not asked again while their answers are fresh', async () => {
    for (const LDM_BALANCE of ['listed', 'two-choices']) {
      const { asked, monitor, find } = cluster({ names: ['s1', 's2', 's3'] }, { LDM_BALANCE });
      await (await monitor.askAll()).complete;
      await find();
      expect(asked).toHaveLength(3);
    }
  });

  it('are all asked by two-choices too if the list is read again for it', async () => {
    const again = async (): Promise<ServerList> => ({
      servers: parseServerList(['s7', 's8', 's9'], 22),
      source: 'etcd',
      poolOf: () => 0,
      weightOf: () => undefined,
      macOf: () => undefined,
    });
    const { asked, find } = cluster({ names: ['s1', 's2', 's3'], list: { again } }, { LDM_BALANCE: 'two-choices' });
    await find();
    expect(asked).toHaveLength(3);
  });

  it('are all asked under affinity, which needs their capacities, unless the list has weights', async () => {
    const wish = { ...automatic, whose: 'ann' };
    const first = cluster({ names: ten }, { LDM_BALANCE: 'affinity' });
    expect((await first.find(wish))?.slice(0, 2)).toEqual(ownOrder('ann', ten).slice(0, 2));
    expect(first.asked).toHaveLength(10);
    const weighted = cluster({ names: ten, list: { weightOf: () => 1 } }, { LDM_BALANCE: 'affinity' });
    expect((await weighted.find(wish))?.slice(0, 2)).toEqual(ownOrder('ann', ten).slice(0, 2));
    expect(weighted.asked).toHaveLength(2);
  });

  it('are all asked under affinity while one of them has not been heard', async () => {
    const names = ['s1', 's2', 's3'];
    const { asked, monitor, find } = cluster({ names }, { LDM_BALANCE: 'affinity' });
    for (const server of parseServerList(names.slice(0, 2), 22)) {
      await monitor.servers();
      await monitor.askOne(server);
    }
    asked.length = 0;
    await find({ ...automatic, whose: 'ann' });
    expect(asked).toEqual(names);
  });
});

describe("a user's own two servers", () => {
  const wish = { ...automatic, whose: 'ann' };
  const affinity = { LDM_BALANCE: 'affinity' };

  it('are the first by affinity, and none under another rule or without a user', async () => {
    expect(await cluster({ names: ten }, affinity).own(wish)).toEqual(ownOrder('ann', ten).slice(0, 2));
    expect(await cluster({ names: ten }, affinity).own(automatic)).toEqual([]);
    for (const LDM_BALANCE of ['random', 'two-choices']) {
      expect(await cluster({ names: ten }, { LDM_BALANCE }).own(wish)).toEqual([]);
    }
  });

  it('are in the first pools, and stay the same when one is demoted', async () => {
    const [first = '', second = ''] = ownOrder('ann', ten);
    expect(await cluster({ names: ten, demoted: first }, affinity).own(wish)).toEqual([first, second]);
    const poolOf = ({ name }: { name: string }): number => (name === first ? 2 : 1);
    const pools = cluster({ names: ten, list: { poolOf } }, affinity);
    expect(await pools.own(wish)).toEqual(ownOrder('ann', ten).slice(1, 3));
  });
});
