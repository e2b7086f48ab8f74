import { beforeAll, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { missingForSignedDns, type SignedDns, startSignedDns } from './support/signed-dns.js';
import { useCluster } from './support/use-cluster.js';

/** Fingerprints in a zone that Knot signs and dnsmasq validates, of real sshd's keys. */
requireOrSkip(missingForCluster ?? missingForSignedDns, 'A host key in DNS', () => {
  const cluster = useCluster({
    servers: [
      { name: 's1', known: 'unknown' },
      { name: 's2', known: 'unknown' },
    ],
  });
  let dns: SignedDns;

  beforeAll(async () => {
    const { network, client } = cluster();
    const [s1, s2] = cluster().servers;
    if (s1 === undefined || s2 === undefined) throw new Error('no servers');
    const print = (name: string) => s1.host.sh(`ssh-keygen -r ${name} -f /etc/ssh/own_ed25519_key.pub`);
    const records = [
      `s1 IN A ${s1.address}`,
      `s2 IN A ${s2.address}`,
      'alias IN CNAME s1',
      await print('s1'),
      // The key of another: what an attacker who sits at the address of s2 would be found out by.
      await print('s2'),
      `bare IN A ${s1.address}`,
      `weak IN A ${s1.address}`,
      ...(await print('weak')).split('\n').filter((line) => / SSHFP 4 1 /.test(line)),
    ];
    dns = await startSignedDns(network, records);
    Object.assign(cluster().environment, { LDM_KNOWN_HOSTS: '/run/known', LDM_SSHFP: 'dnssec' });
    await client.write('/run/known', '');
    await dns.resolveOn(client, 'the right anchor');
    return () => dns.stop();
  });
  beforeEach(() => useResolver('127.0.0.1'));

  const useResolver = (address: string) => cluster().client.write('/etc/resolv.conf', `nameserver ${address}\n`);
  const login = (server: string, more: Readonly<Record<string, string>> = {}) =>
    cluster().login(ada, ['hostname'], { env: { LDM_SERVER: server, ...more } });

  it.each(['s1.school.test', 'alias.school.test'])('is believed when DNSSEC has proved it: %s', async (server) => {
    const { code, stdout, stderr } = await login(server);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
    expect(stderr).toMatch(/host-key-in-dns .*fingerprint=SHA256:/);
  });

  it('is not looked for where nobody asked for that', async () => {
    expect(await login('s1.school.test', { LDM_SSHFP: '' })).toMatchObject({ code: 76, stdout: '' });
  });

  it('that is another’s refuses the server, under accept-new as well', async () => {
    for (const policy of ['strict', 'accept-new']) {
      const { code, stderr } = await login('s2.school.test', { LDM_HOST_KEYS: policy });
      expect(code).toBe(76);
      expect(stderr).toContain('s2.school.test: its identity has changed');
    }
    expect(await cluster().client.read('/run/known')).toBe('');
    expect((await cluster().server('s2').accountLog()).requests).toEqual([]);
  });

  it('proves nothing in a zone that is not signed', async () => {
    const { code, stderr } = await login('s1.plain.test');
    expect(code).toBe(76);
    expect(stderr).toMatch(/host-key-not-in-dns .*has not proved the SSHFP records of s1\.plain\.test/);
  });

  it.each(['bare.school.test', 'weak.school.test'])(
    'proves nothing where there is none, or a SHA-1 alone: %s',
    async (server) => {
      expect(await login(server)).toMatchObject({ code: 76, stdout: '' });
    },
  );

  it('proves nothing when the signatures do not lead to the anchor', async () => {
    const { client } = cluster();
    await dns.resolveOn(client, 'a wrong anchor');
    await client.sh(`echo '${cluster().server('s1').address} s1.school.test' >>/etc/hosts`);
    const { code, stderr } = await login('s1.school.test');
    await client.sh("sed -i '/s1.school.test/d' /etc/hosts; sed -n p /etc/hosts");
    await dns.resolveOn(client, 'the right anchor');
    expect(code).toBe(76);
    expect(stderr).toMatch(/host-key-not-in-dns/);
  });

  it('is believed from a resolver across the network only when it is named as trusted', async () => {
    await useResolver(dns.address);
    const refused = await login('s1.school.test');
    expect(refused.code).toBe(76);
    expect(refused.stderr).toContain('no resolver on this machine');
    const named = { LDM_SSHFP_RESOLVER: dns.address };
    expect(await login('s1.school.test', named)).toMatchObject({ code: 0, stdout: 's1\n' });
  });

  it('does not override a file: if the file has another key, the server is refused', async () => {
    const { client } = cluster();
    const other = cluster().server('s2').sshd.hostKeys[0];
    await client.write('/run/other', `s1.school.test ${other}\n`);
    const { code, stderr } = await login('s1.school.test', { LDM_KNOWN_HOSTS: '/run/other' });
    expect(code).toBe(76);
    expect(stderr).toContain('s1.school.test: its identity has changed');
  });
});
