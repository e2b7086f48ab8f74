import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import { type Dns, startDns } from './support/dns.js';
import { missingForCluster } from './support/missing.js';
import { deadAddress } from './support/network.js';
import { useCluster } from './support/use-cluster.js';

requireOrSkip(missingForCluster, 'Names that DNS must resolve', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] });
  let dns: Dns;
  beforeAll(async () => {
    dns = await startDns(cluster().network, {
      's1.school.test': cluster().server('s1').address,
      's2.school.test': cluster().server('s2').address,
    });
    const known = await Promise.all(
      cluster().servers.map(({ name, sshd }) => sshd.hostKeys.map((key) => `${name}.school.test ${key}\n`).join('')),
    );
    await cluster().client.write('/run/known', known.join(''));
    return () => dns.stop();
  });
  const resolveWith = (...servers: readonly string[]) =>
    cluster().client.write('/etc/resolv.conf', servers.map((server) => `nameserver ${server}\n`).join(''));
  const login = (servers: string, more: Readonly<Record<string, string>> = {}) =>
    cluster().login(ada, ['hostname'], {
      env: { LDM_SERVER: servers, LDM_KNOWN_HOSTS: '/run/known', LDM_BALANCE: 'listed', ...more },
    });

  it('are resolved by the system’s resolver', async () => {
    await resolveWith(dns.address);
    expect(await login('s2.school.test s1.school.test')).toMatchObject({ code: 0, stdout: 's2\n' });
  });

  it('hold nobody up when one does not exist', async () => {
    await resolveWith(dns.address);
    const { code, stdout, ms } = await login('nowhere.school.test s1.school.test');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
    expect(ms).toBeLessThan(2_000);
  });

  it('hold nobody up when one is never answered', async () => {
    await resolveWith(dns.address);
    const { code, stdout, ms } = await login('unanswered.test s1.school.test', { LDM_PROBE_TIMEOUT: '1' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
    expect(ms).toBeLessThan(3_000);
  });

  it('hold up no server that is an address, when eight are never answered', async () => {
    await resolveWith(deadAddress);
    const { address, sshd } = cluster().server('s1');
    await cluster().client.write('/run/known-address', sshd.hostKeys.map((key) => `${address} ${key}\n`).join(''));
    const dead = Array.from({ length: 8 }, (_, index) => `dead${index}.school.test`).join(' ');
    const { code, stdout, ms } = await login(`${dead} ${address}`, {
      LDM_KNOWN_HOSTS: '/run/known-address',
      LDM_PROBE_TIMEOUT: '1',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
    expect(ms).toBeLessThan(4_000);
  });

  it('are said to have no address, with 69, when none exists', async () => {
    await resolveWith(dns.address);
    const { code, stderr } = await login('nowhere.school.test elsewhere.school.test');
    expect(code).toBe(69);
    for (const name of ['nowhere', 'elsewhere']) {
      expect(stderr).toContain(`  ${name}.school.test: its name has no address.`);
    }
  });

  it('end the login in time, with 69, when the resolver is dead', async () => {
    await resolveWith(deadAddress);
    const { code, ms } = await login('s1.school.test', { LDM_PROBE_TIMEOUT: '1', LDM_CONNECT_TIMEOUT: '2' });
    expect(code).toBe(69);
    expect(ms).toBeLessThan(5_000);
  });

  it('are trusted for nothing: a forged address gets no password', async () => {
    await resolveWith(dns.address);
    await dns.answer({ 's1.school.test': cluster().server('s2').address });
    const { code, stderr } = await login('s1.school.test');
    expect(code).toBe(76);
    expect(stderr).toContain('its identity has changed');
    const { requests, credentials } = await cluster().server('s2').accountLog();
    expect({ requests, credentials }).toEqual({ requests: [], credentials: [] });
  });
});
