import { describe, expect, it } from 'vitest';
import { findAllowed } from '../../../src/login/allowed-servers.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { parseServerList, readSettings } from '../../../src/settings/settings.js';

const servers = (...names: string[]) => parseServerList(names, 22);

function dependencies() {
  const settings = readSettings({ LDM_BALANCE: 'listed' });
  const monitor = new ServerMonitor({
    gather: async () => ({
      servers: servers('a', 'b', 'c'),
      source: 'LDM_SERVER',
      poolOf: () => 0,
      weightOf: () => undefined,
      macOf: () => undefined,
    }),
    ask: async () => ({ kind: 'ssh-only', address: '10.0.0.1' }),
  });
  const demotions = { isDemoted: () => false, failed: () => {}, succeeded: () => {} };
  return { settings, monitor, demotions, random: () => 0, now: () => performance.now() };
}
const names = async (...arguments_: Parameters<typeof findAllowed>) =>
  (await findAllowed(...arguments_)).map(({ server }) => server.name);

describe('the servers that an account may use', () => {
  it('are tried in the order of the rule, those outside the list last', async () => {
    expect(await names({ choice: { mode: 'automatic' } }, servers('x', 'c', 'a'), dependencies())).toEqual([
      'a',
      'c',
      'x',
    ]);
  });

  it('are tried by hand alone where the one chosen is among them', async () => {
    expect(await names({ choice: { mode: 'server', name: 'c' } }, servers('a', 'c'), dependencies())).toEqual(['c']);
  });

  it('are tried all where the one chosen is not among them', async () => {
    expect(await names({ choice: { mode: 'server', name: 'b' } }, servers('a', 'c'), dependencies())).toEqual([
      'a',
      'c',
    ]);
  });
});
