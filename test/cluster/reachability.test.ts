import { beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { infoPort } from './support/app-server.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { deadAddress } from './support/network.js';
import { sshdLog } from './support/sshd.js';
import { useCluster } from './support/use-cluster.js';

/** A login that waited for the info service, or for a dead address, would take so long at least. */
const patience = { LDM_PROBE_TIMEOUT: '30', LDM_CONNECT_TIMEOUT: '30' };
const longerThanPatient = 25_000;

requireOrSkip(missingForCluster, 'A server counts as what ssh can reach', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] });
  const login = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    cluster().login(ada, ['hostname'], { env: { ...patience, ...env }, args: ['--no-x11', ...args] });
  const ask = async (env: Readonly<Record<string, string>>) => {
    const { stdout } = await cluster().ldm(['servers', '--json'], { env });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>[];
  };

  describe('where a packet filter drops what is sent to the info service', () => {
    const sshConnections = async () =>
      (await cluster().server('s1').host.read(sshdLog)).match(/^Connection from /gm)?.length ?? 0;

    it('is unrated, can be chosen by hand, and holds up no login', async () => {
      await cluster().server('s1').filter([infoPort]);
      expect(await ask({ LDM_PROBE_TIMEOUT: '1' })).toMatchObject([
        { name: 's1', state: 'unrated', reason: null, message: null, address: cluster().server('s1').address },
        { name: 's2', state: 'up', reason: null },
      ]);
      for (const args of [[], ['--server', 's1']]) {
        const { code, stdout, ms } = await login({ LDM_SERVER: 's1' }, ...args);
        expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
        expect(ms).toBeLessThan(longerThanPatient);
      }
    });

    it('is looked at once, and remembered for the next login', async () => {
      await cluster().server('s1').filter([infoPort]);
      await login({ LDM_SERVER: 's1' });
      expect(await sshConnections()).toBe(2);
      await login({ LDM_SERVER: 's1' });
      expect(await sshConnections()).toBe(3);
    });

    it('says why a server takes nobody, in a code and in words', async () => {
      await cluster().server('s1').filter([infoPort]);
      await cluster().server('s1').refuse();
      await cluster().server('s2').dropPackets();
      const rows = await ask({ LDM_SERVER: 's1 s2 nowhere.invalid', LDM_PROBE_TIMEOUT: '1' });
      expect(rows).toMatchObject([
        { name: 's1', state: 'down', reason: 'refused', message: 'refuses connections' },
        { name: 's2', state: 'down', reason: 'timeout', message: 'no answer in time' },
        { name: 'nowhere.invalid', state: 'down', reason: 'unresolvable', message: 'its name has no address' },
      ]);
    });
  });

  describe('where its name has several addresses', () => {
    const second = '10.77.0.111';
    const dead6 = 'fd77::250';

    beforeAll(async () => {
      const { client } = cluster();
      const { host, address, link, sshd } = cluster().server('s1');
      await host.sh(`ip addr add ${second}/24 dev eth0`);
      await client.sh(`ip -6 neigh replace ${dead6} lladdr 02:00:00:4d:00:fa dev eth0 nud permanent`);
      const names: Readonly<Record<string, readonly string[]>> = {
        'half-dead': [deadAddress, second],
        'dead-six': [dead6, address],
        'dead-four': [deadAddress, link.address6],
        both: [address, second],
      };
      const lines = Object.entries(names).flatMap(([name, all]) => all.map((one) => `${one} ${name}\n`));
      await client.write('/etc/hosts', (await client.read('/etc/hosts')) + lines.join(''));
      await client.write('/run/known', sshd.hostKeys.map((key) => `${Object.keys(names).join(',')} ${key}\n`).join(''));
    });

    it.each(['half-dead', 'dead-six', 'dead-four'])('ssh reaches it by the living one: %s', async (name) => {
      const { code, stdout, ms } = await login({ LDM_SERVER: name, LDM_KNOWN_HOSTS: '/run/known' }, '--server', name);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
      expect(ms).toBeLessThan(longerThanPatient);
      expect(await ask({ LDM_SERVER: name })).toMatchObject([{ state: 'up' }]);
    });

    it.each(['the first', 'the second'])(
      'whatever address the info service answered on, when ssh is filtered on %s',
      async (which) => {
        const s1 = cluster().server('s1');
        const address = which === 'the first' ? s1.address : second;
        await s1.filter([22], address);
        const env = { LDM_SERVER: 'both', LDM_KNOWN_HOSTS: '/run/known' };
        const { code, stdout, ms } = await login(env);
        expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
        expect(ms).toBeLessThan(longerThanPatient);
      },
    );
  });
});
