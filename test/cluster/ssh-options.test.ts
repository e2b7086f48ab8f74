import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

requireOrSkip(missingForCluster, 'LDM_SSHOPTIONS', () => {
  const cluster = useCluster({ servers: [{ name: 's1', config: ['Ciphers aes128-ctr', 'Compression yes'] }] });
  const login = (options: string, more: Readonly<Record<string, string>> = {}) =>
    cluster().login(ada, ['head -c 100000 /dev/zero | tr "\\0" x'], { env: { LDM_SSHOPTIONS: options, ...more } });

  it.each(['-c aes128-ctr', '-C -o Ciphers=aes256-ctr,aes128-ctr', '-o Ciphers=+aes128-cbc -o ServerAliveInterval=3'])(
    'logs in with %s',
    async (options) => {
      const { code, stdout, stderr } = await login(options);
      expect(code, stderr).toBe(0);
      expect(stdout.length).toBe(100_000);
    },
  );

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
    expect((await login(options, { SSH_OVERRIDE_PORT: '22' })).code).toBe(76);
  });

  it('is refused with what is accepted where it would mean something else', async () => {
    const { code, stderr } = await login('-o ProxyCommand=true');
    expect(code).toBe(78);
    expect(stderr).toMatch(/LDM_SSHOPTIONS="-o ProxyCommand=true" cannot be used: give -o NAME=VALUE with Port/);
  });
});
