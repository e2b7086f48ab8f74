import { beforeAll, describe, expect, it } from 'vitest';
import { etcdMissing } from '../support/etcd.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { rated } from './support/app-server.js';
import { ada } from './support/cluster.js';
import { type Dns, startDns } from './support/dns.js';
import { checkout } from './support/host.js';
import { startKnot } from './support/knot.js';
import { missingForCluster } from './support/missing.js';
import { deadAddress } from './support/network.js';
import { until } from './support/run.js';
import { missingForSignedDns } from './support/signed-dns.js';
import { withoutPenalties } from './support/sshd.js';
import { useCluster } from './support/use-cluster.js';

/** The C library alone waits 5 s for a name server that is dead. */
const muchLess = 2_500;
const names = Array.from({ length: 30 }, (_, at) => `app${at + 1}.school.test`);
/** Nobody listens there. */
const deaf = '127.0.0.9';
/** A Knot that answers SERVFAIL for names in broken.test, REFUSED for most others, and serves city.test. */
const troubled = '127.0.0.4';

requireOrSkip(missingForCluster ?? missingForSignedDns ?? etcdMissing, 'Name servers', () => {
  const cluster = useCluster({
    servers: [
      // All names are names of this one.
      { name: 's1', info: rated(60), config: withoutPenalties },
      { name: 's2', info: rated(50) },
    ],
  });
  let dns: Dns;

  beforeAll(async () => {
    const { client, network } = cluster();
    const { address, sshd } = cluster().server('s1');
    const addresses = Object.fromEntries(names.map((name) => [name, address]));
    const records = ['txt-record=only-text.school.test,x', 'local=/test/'];
    dns = await startDns(network, { ...addresses, 'etcd1.school.test': cluster().server('s2').address }, records);
    await client.write('/run/known', sshd.hostKeys.map((key) => `*.school.test,${address} ${key}\n`).join(''));
    cluster().environment.LDM_KNOWN_HOSTS = '/run/known';
    await startTroubled();
    return () => dns.stop();
  });

  const startTroubled = async (): Promise<void> => {
    const { client } = cluster();
    const records = ['_ldm._tcp 300 IN SRV 0 0 22 s2', `s2 300 IN A ${cluster().server('s2').address}`];
    await startKnot(client, troubled, 53, [{ domain: 'city.test', records }, { domain: 'broken.test' }]);
    await until('Knot listens', () => client.listens(53));
  };

  const resolveWith = (nameservers: readonly string[], ...more: readonly string[]) => {
    const lines = [...nameservers.map((address) => `nameserver ${address}`), ...more];
    return cluster().client.write('/etc/resolv.conf', `${lines.join('\n')}\n`);
  };
  const ask = async (servers: string, env: Readonly<Record<string, string>> = {}) => {
    const { stdout, ms, stderr } = await cluster().ldm(['servers', '--json'], { env: { LDM_SERVER: servers, ...env } });
    return {
      rows: JSON.parse(stdout) as { name: string; state: string; reason: string; address: string }[],
      ms,
      stderr,
    };
  };
  /** What the C library says of a name: an address, or its words. */
  const glibc = async (name: string): Promise<string> => {
    const script =
      'my ($e, @r) = getaddrinfo($ARGV[0], "", {socktype => SOCK_STREAM, family => AF_INET});' +
      'print $e || inet_ntoa((unpack_sockaddr_in($r[0]{addr}))[1])';
    return (await cluster().client.run(['perl', '-MSocket=:DEFAULT,getaddrinfo', '-e', script, name])).stdout;
  };

  describe('of which the first is dead', () => {
    it('cost 30 servers together less than its time-out', async () => {
      await resolveWith([deadAddress, dns.address]);
      const { rows, ms } = await ask(names.join(' '));
      expect(rows.filter(({ state }) => state === 'up')).toHaveLength(30);
      expect(ms).toBeLessThan(muchLess);
    });

    it('cost a login less than its time-out', async () => {
      await resolveWith([deadAddress, dns.address]);
      const env = { LDM_SERVER: names.slice(0, 3).join(' ') };
      const { code, stdout, ms } = await cluster().login(ada, ['hostname'], { env });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
      expect(ms).toBeLessThan(muchLess);
    });

    it('cost the scan of six host keys less than its time-out', async () => {
      await resolveWith([deadAddress, dns.address]);
      const { code, ms } = await cluster().ldm(['keys', 'scan', ...names.slice(0, 6)]);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(2 * muchLess);
    });

    it('leave the hosts file its word', async () => {
      const { client } = cluster();
      const hosts = await client.read('/etc/hosts');
      await client.write('/etc/hosts', `${hosts}${cluster().server('s2').address} app1.school.test\n`);
      await resolveWith([deadAddress, dns.address]);
      // app2 comes first, so that the dead name server is known by the time of the login.
      const { rows } = await ask('app2.school.test app1.school.test');
      await client.write('/etc/hosts', hosts);
      expect(rows.map(({ address }) => address)).toEqual([
        cluster().server('s1').address,
        cluster().server('s2').address,
      ]);
    });
  });

  it('leave the hosts file its word on a computer that is too busy to read it at once', async () => {
    const { client } = cluster();
    const hosts = await client.read('/etc/hosts');
    await client.write('/etc/hosts', `${hosts}${cluster().server('s2').address} other App1.School.Test # here\n`);
    await client.write('/run/busy/getent', '#!/bin/sh\nsleep 0.8\nexec /usr/bin/getent "$@"\n', 0o755);
    await resolveWith([dns.address]);
    const { rows } = await ask('app1.school.test', { PATH: `/run/busy:${process.env.PATH}` });
    await client.write('/etc/hosts', hosts);
    expect(rows).toMatchObject([{ state: 'up', address: cluster().server('s2').address }]);
  });

  it('of which the first is dead keep no server from etcd, and no client from the list there', {
    timeout: 60_000,
  }, async () => {
    const { host } = cluster().server('s1');
    const etcd = cluster().server('s2').host;
    const url = 'http://etcd1.school.test:2379';
    const running = etcd.start(
      ['etcd', '--data-dir', '/run/etcd', '--listen-client-urls', 'http://0.0.0.0:2379', '--log-level', 'error'].concat(
        [...['--advertise-client-urls', url, '--logger', 'zap']],
      ),
      { timeoutMs: 60_000 },
    );
    await until('etcd listens', () => etcd.listens(2379));
    // 2 s are more than a call to etcd may take.
    await host.write('/etc/resolv.conf', `nameserver ${deadAddress}\nnameserver ${dns.address}\noptions timeout:2\n`);
    await host.sh("sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf");
    const ldminfod = host.start(
      [`${checkout}/bin/ldminfod`, '--port', '9572', '--etcd', url, '--etcd-name', 'app1.school.test'],
      { timeoutMs: 60_000 },
    );
    await resolveWith([deadAddress, dns.address]);
    try {
      await until(
        'the server is in the list',
        async () => (await ask('', { LDM_SERVER: '', LDM_ETCD: url })).rows[0]?.name === 'app1.school.test',
        20_000,
      );
    } finally {
      for (const one of [ldminfod, running]) one.signal('SIGKILL');
      await Promise.all([ldminfod.done, running.done]);
    }
  });

  it.each([deaf, troubled])('are asked in turn where the first one cannot say: %s', async (first) => {
    await resolveWith([first, dns.address]);
    const { rows, ms } = await ask('app1.school.test');
    expect(rows).toMatchObject([{ state: 'up' }]);
    expect(ms).toBeLessThan(muchLess);
  });

  it.each([
    ['a name that does not exist', 'nowhere.school.test', () => [dns.address], 'unknown'],
    ['a name without an address', 'only-text.school.test', () => [dns.address], 'unknown'],
    ['SERVFAIL', 'app1.broken.test', () => [troubled], 'failed'],
    ['REFUSED', 'app1.school.test', () => [troubled], 'failed'],
    ['a name server that is not running', 'app1.school.test', () => [deaf], 'failed'],
    ['a name server that is dead', 'app1.school.test', () => [deadAddress], 'failed'],
  ] as const)('have their failure told as the C library does: %s', async (_, name, nameservers, failure) => {
    await resolveWith(nameservers(), 'options timeout:1 attempts:1');
    const words = { unknown: 'Name or service not known', failed: 'Temporary failure in name resolution' };
    const said = await glibc(name);
    // Where a name has other records, it says so.
    expect(said.replace('No address associated with hostname', words.unknown)).toBe(words[failure]);
    const message = { unknown: 'its name has no address', failed: 'its address cannot be looked up at the moment' };
    expect((await ask(name)).rows).toMatchObject([
      { state: 'down', reason: 'unresolvable', message: message[failure] },
    ]);
  });

  it('that fail are told to the user, in words of their own', async () => {
    await resolveWith([troubled]);
    const { code, stderr } = await cluster().login(ada, ['hostname'], { env: { LDM_SERVER: 'app1.school.test' } });
    expect(code).toBe(69);
    expect(stderr).toContain('  app1.school.test: its address cannot be looked up at the moment.');
  });

  describe('and the search list', () => {
    it.each([
      ['goes on after NXDOMAIN', 'app1', 'search nowhere.test school.test'],
      ['is asked behind a name with as many dots as ndots', 'app1.school', 'search nowhere.test test'],
      ['is asked before a name with fewer dots', 'app1.school', 'search nowhere.test test\noptions ndots:3'],
      ['is the domain where there is none', 'app1', 'domain school.test'],
      ['is not asked for an absolute name', 'app1.school.test.', 'search school.test'],
      ['is not asked for an absolute name that does not exist', 'app1.nowhere.test.', 'search school.test'],
    ])('%s, also where the first one is dead: %s', async (_, name, lines) => {
      await resolveWith([dns.address], lines);
      const said = await glibc(name);
      await resolveWith([deadAddress, dns.address], lines);
      const { rows } = await ask(name);
      const expected = /^\d/.test(said) ? { state: 'up', address: said } : { state: 'down', reason: 'unresolvable' };
      expect(rows).toMatchObject([expected]);
    });

    it('go on after REFUSED and SERVFAIL for the list of servers', async () => {
      await resolveWith([troubled], 'search broken.test city.test');
      const { rows } = await ask('', { LDM_SERVER: '', LDM_SERVER_SRV: '_ldm._tcp' });
      expect(rows).toMatchObject([{ name: 's2.city.test', state: 'up' }]);
    });
  });
});
