import { describe, expect, it } from 'vitest';
import { findCandidates, ownServers, type ServerWish } from '../../../src/login/candidates.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { parseServerInfo } from '../../../src/protocol/info-service.js';
import type { ServerList } from '../../../src/servers/discovery/server-list.js';
import type { ProbeResult } from '../../../src/servers/probe.js';
import { parseServerList, readSettings } from '../../../src/settings/settings.js';
import { names, ownOrder } from '../../support/statuses.js';

const list = ['app1', 'app2', '[2001:db8::1]:2222'];

/** Ratings are 10, 20 and 90, so that the best is not the first. */
function dependencies(variables: Record<string, string> = {}, more: Partial<ServerList> = {}, demoted = '') {
  const asked: string[] = [];
  const ratings = new Map(list.map((name, index) => [name, [10, 20, 90][index]]));
  const monitor = new ServerMonitor({
    gather: async () => ({
      servers: parseServerList(list, 22),
      source: 'LDM_SERVER',
      poolOf: () => 0,
      weightOf: () => undefined,
      ...more,
    }),
    ask: async ({ name }): Promise<ProbeResult> => {
      asked.push(name);
      const info = parseServerInfo(`rating:${ratings.get(name)}\nage:0\n`);
      return info ? { kind: 'info', info, address: '10.0.0.1' } : { kind: 'down', reason: 'timeout', address: null };
    },
  });
  const demotions = {
    isDemoted: ({ name }: { name: string }) => name === demoted,
    failed: () => {},
    succeeded: () => {},
  };
  const settings = readSettings(variables);
  return { asked, settings, monitor, demotions, random: () => 0.999, now: () => performance.now() };
}
const automatic: ServerWish = { choice: { mode: 'automatic' } };
const find = async (wish: ServerWish, ...given: Parameters<typeof dependencies>) =>
  names((await findCandidates(wish, dependencies(...given))) ?? []);
const byHand = (name: string): ServerWish => ({ choice: { mode: 'server', name } });

describe('the candidates', () => {
  it('are the chosen server alone, without a question to any', async () => {
    const all = dependencies();
    expect(names((await findCandidates(byHand('app2'), all)) ?? [])).toEqual(['app2']);
    expect(all.asked).toEqual([]);
  });

  it.each(['[2001:db8:0::1]:2222', '[2001:DB8::1]:2222'])('know a server by another spelling: %s', async (name) => {
    expect(await find(byHand(name))).toEqual(['[2001:db8::1]:2222']);
  });

  it.each(['app1', 'APP1.', 'app1:22'])('know app1 by the spelling %s', async (name) => {
    expect(await find(byHand(name))).toEqual(['app1']);
  });

  it('know a server by its name in the list, whatever port the list has for it', async () => {
    const [server] = parseServerList(['app1'], 2222);
    expect(await find(byHand('app1'), {}, { servers: server ? [server] : [] })).toEqual(['app1']);
  });

  it.each(['app3', 'app1:2222', '-x', ''])('are undefined for a server that is not in the list: %j', async (name) => {
    expect(await findCandidates(byHand(name), dependencies())).toBeUndefined();
  });

  it('come in the order of LDM_BALANCE', async () => {
    expect((await find(automatic, { LDM_BALANCE: 'best' }))[0]).toBe(list[2]);
    expect(await find(automatic, { LDM_BALANCE: 'listed' })).toEqual(list);
  });

  it.each(['get_hosts', 'srv'] as const)('keep the order of %s where no rule is set', async (source) => {
    expect(await find(automatic, {}, { source })).toEqual(list);
    expect((await find(automatic, { LDM_BALANCE: 'best' }, { source }))[0]).toBe(list[2]);
  });

  it('come in the order of their pools first', async () => {
    const poolOf: ServerList['poolOf'] = ({ name }) => (name === 'app1' ? 1 : 0);
    expect((await find(automatic, { LDM_BALANCE: 'listed' }, { poolOf })).at(-1)).toBe('app1');
  });

  it('have a demoted server last', async () => {
    expect((await find(automatic, { LDM_BALANCE: 'listed' }, {}, 'app1')).at(-1)).toBe('app1');
  });

  it('have a server last that lacks what was picked', async () => {
    const lacks: ServerWish['lacks'] = ({ name }) => (name === 'app1' ? 1 : 0);
    expect((await find({ ...automatic, lacks }, { LDM_BALANCE: 'listed' })).at(-1)).toBe('app1');
  });

  it('are asked once where the answers are fresh', async () => {
    const all = dependencies({ LDM_BALANCE: 'two-choices' });
    await (await all.monitor.askAll()).complete;
    await findCandidates(automatic, all);
    expect(all.asked).toEqual(list);
  });
});

describe("a user's own servers", () => {
  const whose = 'ann';

  it('are the first two by affinity, whatever they answer', async () => {
    const own = await ownServers({ ...automatic, whose }, dependencies({ LDM_BALANCE: 'affinity' }));
    expect(names(own)).toEqual(ownOrder(whose, list).slice(0, 2));
  });

  it('are none under another rule, or for nobody', async () => {
    expect(await ownServers({ ...automatic, whose }, dependencies({ LDM_BALANCE: 'two-choices' }))).toEqual([]);
    expect(await ownServers(automatic, dependencies({ LDM_BALANCE: 'affinity' }))).toEqual([]);
  });
});
