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
      expect(stderr).toContain('s1: has no safe encryption in common with this computer.');
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
      /^info setting-note at=environment variable=LDM_SSHOPTIONS problem=".*-q.*it has no meaning/m,
    );
    expect(stderr).toMatch(/^warn setting-problem at=environment .*ProxyCommand=true.*ldm starts no program/m);
    expect(stderr).toMatch(
      /^warn setting-problem at=environment .*StrictHostKeyChecking.*host keys are always checked/m,
    );
  });

  /** Restarts sshd with lines in front of its configuration; the first of two counts there. */
  const restartWith = async (lines: string): Promise<void> => {
    const server = cluster().server('s1');
    await server.refuse();
    await server.host.write('/etc/ssh/old', `${lines}\n`);
    await server.host.sh('cd /etc/ssh && cat old sshd_config >new && mv new sshd_config');
    await server.sshd.start();
  };

  const weak = 'has no safe encryption in common with this computer';
  it.each([
    ['signs with SHA-1', 'MACs hmac-sha1', 69, weak],
    ['encrypts with CBC', 'Ciphers aes128-cbc', 69, weak],
    ['exchanges keys with SHA-1', 'KexAlgorithms diffie-hellman-group14-sha1', 69, weak],
    ['proves its key with SHA-1', 'HostKey /etc/ssh/rsa2048\nHostKeyAlgorithms ssh-rsa', 69, weak],
    [
      'has an RSA key of 1,024 bits',
      'HostKey /etc/ssh/rsa1024\nHostKeyAlgorithms rsa-sha2-512\nRequiredRSASize 1024',
      76,
      'its key is too short to be safe (host key weak); nothing was sent to it',
    ],
  ])('a server that only %s is refused with a clear sentence, and accepted with LDM_LEGACY_SSH', async (...of) => {
    const [, lines, refusal, sentence] = of;
    const { host } = cluster().server('s1');
    const bits = /rsa(\d+)/.exec(lines)?.[1];
    if (bits) await host.sh(`rm -f /etc/ssh/rsa*; ssh-keygen -q -N '' -t rsa -b ${bits} -f /etc/ssh/rsa${bits}`);
    const key =
      bits === undefined ? cluster().server('s1').sshd.hostKeys[0] : await host.read(`/etc/ssh/rsa${bits}.pub`);
    await cluster().client.write('/run/known-rsa', `s1 ${key}\n`);
    const known = { LDM_KNOWN_HOSTS: '/run/known-rsa' };
    await restartWith(lines);
    const refused = await login('-o ConnectTimeout=10 -o MACs=+hmac-sha1 -o RequiredRSASize=1024', known);
    expect(refused.code, refused.stderr).toBe(refusal);
    expect(refused.stderr).toContain(`s1: ${sentence}.`);
    const taken = await login('', { ...known, LDM_LEGACY_SSH: 'yes' });
    expect(taken.code, taken.stderr).toBe(0);
  });
});
