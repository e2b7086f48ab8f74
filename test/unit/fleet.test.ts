import { describe, expect, it } from 'vitest';
import { findCandidates } from '../../src/greeter/candidates.js';
import { Fleet } from '../../src/greeter/fleet.js';
import type { DemotionMemory } from '../../src/servers/demotion-file.js';
import type { ProbeResult } from '../../src/servers/probe.js';
import type { ServerList } from '../../src/servers/server-list.js';
import { parseServerInfo } from '../../src/servers/wire.js';
import { parseServerAddress } from '../../src/settings/server-address.js';
import { readSettings } from '../../src/settings/settings.js';

const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
const servers = names.flatMap((name) => parseServerAddress(name, 22) ?? []);
const noDemotions: DemotionMemory = { isDemoted: () => false, failed: () => {}, succeeded: () => {} };

/** A cluster whose answers are a table; keeps who was asked. */
function cluster(
  rating: (name: string) => number | 'silent',
  source: ServerList['source'] = 'LDM_SERVER',
  poolOf: ServerList['poolOf'] = () => 0,
) {
  const asked: string[] = [];
  const fleet = new Fleet({
    gather: async () => ({ servers, source, poolOf, weightOf: () => undefined }),
    ask: async ({ name }): Promise<ProbeResult> => {
      asked.push(name);
      const says = rating(name);
      if (says === 'silent') {
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return { kind: 'down', reason: 'silent', address: null };
      }
      const info = parseServerInfo(`rating:${says}\nage:0\n`);
      if (!info) throw new Error('no info');
      return { kind: 'info', info, address: '10.0.0.1' };
    },
  });
  const find = (variables: Record<string, string>) =>
    findCandidates(
      { mode: 'automatic' },
      {
        settings: readSettings(variables),
        fleet,
        demotions: noDemotions,
        random: Math.random,
        now: () => performance.now(),
      },
    );
  return { asked, fleet, find };
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
    const { asked, find } = cluster((name) => (Number(name.slice(1)) < 25 ? 'silent' : 50));
    const order = await find({ LDM_BALANCE: 'two-choices', LDM_PROBE_TIMEOUT: '10' });
    expect(Number(order?.[0]?.server.name.slice(1))).toBeGreaterThanOrEqual(25);
    expect(asked.length).toBeLessThan(30);
  });

  it('are not asked for again while the last answers are fresh', async () => {
    const { asked, fleet, find } = cluster(() => 50);
    await (await fleet.askAll()).complete;
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
      const pools = (server: { name: string }): number => (number(server) < 5 ? 10 : 20);
      const alive = await cluster(() => 50, 'srv', pools).find({ LDM_BALANCE: rule });
      expect(alive?.slice(0, 5).every(({ server }) => number(server) < 5)).toBe(true);
      const dead = cluster((name) => (Number(name.slice(1)) < 5 ? 'silent' : 50), 'srv', pools);
      const order = await dead.find({ LDM_BALANCE: rule, LDM_PROBE_TIMEOUT: '1' });
      expect(order?.[0] && number(order[0].server)).toBeGreaterThanOrEqual(5);
      expect(order?.length).toBe(30);
    },
  );

  it('are by hand the one server, whether or not it answered', async () => {
    const { fleet } = cluster(() => 'silent');
    const tools = { settings: readSettings({}), fleet, demotions: noDemotions, random: Math.random, now: () => 0 };
    const chosen = await findCandidates({ mode: 'server', name: 's7' }, tools);
    expect(chosen?.map(({ server }) => server.name)).toEqual(['s7']);
    expect(await findCandidates({ mode: 'server', name: 'other' }, tools)).toBeUndefined();
  });
});
