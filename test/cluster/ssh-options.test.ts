import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

requireOrSkip(missingForCluster, 'LDM_SSHOPTIONS', () => {
  const cluster = useCluster({ servers: [{ name: 's1', config: ['Ciphers aes128-ctr', 'Compression yes'] }] });
  const login = (options: string, more: Readonly<Record<string, string>> = {}) =>
    cluster().login(ada, ['head -c 100000 /dev/zero | tr "\\0" x'], { env: { LDM_SSHOPTIONS: options, ...more } });

  it.each([
    '-c aes128-ctr',
    '-C -o Ciphers=aes256-ctr,aes128-ctr',
    '-o Ciphers=+aes128-cbc -o ServerAliveInterval=3',
    '-q -4 -o TCPKeepAlive=yes -o GSSAPIAuthentication=no -o CheckHostIP=no',
    '-R 8080:localhost:80 -c 3des-cbc -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
    '-o ProxyCommand=true',
  ])('logs in with %s', async (options) => {
    const { code, stdout, stderr } = await login(options);
    expect(code, stderr).toBe(0);
    expect(stdout.length).toBe(100_000);
  });

  it.each(['-c aes256-ctr', '-o Ciphers=-aes128-ctr'])(
    'does not log in with %s, which the server has not',
    async (options) => {
      const { code, stderr } = await login(options);
      expect(code).toBe(69);
      expect(stderr).toContain('s1: does not speak the login protocol as expected.');
    },
  );

  it('gives the port of servers that name none', async () => {
    await cluster().server('s1').host.sh('/usr/sbin/sshd -f /etc/ssh/sshd_config -p 2022 -E /var/log/other.log');
    await cluster().client.write('/run/known', `[s1]:2022 ${cluster().server('s1').sshd.hostKeys[0]}\n`);
    const options = '-p 2022 -o UserKnownHostsFile=/run/known';
    expect((await login(options)).code).toBe(0);
    expect((await login(options, { SSH_OVERRIDE_PORT: '22', LDM_KNOWN_HOSTS: '/run/known' })).code).toBe(76);
  });

  it('checks the key that HostKeyAlias names', async () => {
    const { hostKeys } = cluster().server('s1').sshd;
    await cluster().client.write('/run/alias', `school ${hostKeys[0]}\n`);
    const files = { LDM_KNOWN_HOSTS: '/run/alias' };
    expect((await login('-o HostKeyAlias=school', files)).code).toBe(0);
    expect((await login('-o HostKeyAlias=other', files)).code).toBe(76);
    expect((await login('', files)).code).toBe(76);
  });

  it('notes what means nothing, and warns of what is left out', async () => {
    const { stderr } = await login('-q -o ProxyCommand=true -o "StrictHostKeyChecking no"');
    expect(stderr).toMatch(
      /^info setting-noted at=environment variable=LDM_SSHOPTIONS problem=".*-q.*it means nothing/m,
    );
    expect(stderr).toMatch(/^warn setting-problem at=environment .*ProxyCommand=true.*ldm starts no program/m);
    expect(stderr).toMatch(
      /^warn setting-problem at=environment .*StrictHostKeyChecking.*host keys are always checked/m,
    );
  });
});
