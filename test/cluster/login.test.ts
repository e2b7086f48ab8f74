import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { rated } from './support/app-server.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

requireOrSkip(missingForCluster, 'A login without a screen', () => {
  const cluster = useCluster({
    servers: [
      { name: 's1' },
      { name: 'keyboard', signIn: ['keyboard-interactive'] },
      { name: 'password', signIn: ['password'] },
      { name: 'hashed', known: 'hashed' },
      { name: 'rsa', hostKeyTypes: ['rsa'] },
      { name: 'ecdsa', hostKeyTypes: ['ecdsa'] },
    ],
  });
  const loginOn = (server: string, command: readonly string[], more: readonly string[] = []) =>
    cluster().login(ada, command, { args: ['--no-x11', '--server', server, ...more] });

  it('runs the command as the user on the server, passes its output through and ends with its code', async () => {
    const { code, stdout, stderr } = await loginOn('s1', ['hostname; id -un; echo problem >&2; exit 7']);
    expect(stdout).toBe('s1\nada\n');
    expect(stderr).toContain('problem\n');
    expect(code).toBe(7);
  });

  it('ends with 0 when the command does', async () => {
    expect(await loginOn('s1', ['true'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('passes several words exactly, whatever they hold', async () => {
    const words = ['a b', "it's", '$(id)', '`id`', '"', '\\', '*', '', '-n', ';', 'ä€😀'];
    const { stdout } = await loginOn('s1', ['printf', '<%s>', ...words]);
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(''));
  });

  it('passes output on whole, byte for byte', async () => {
    const { code, stdout } = await loginOn('s1', ['head -c 3000000 /dev/zero | tr "\\0" x']);
    expect(code).toBe(0);
    expect(stdout.length).toBe(3_000_000);
  });

  it.each(['keyboard', 'password'])('signs in on a server that takes nothing but %s', async (server) => {
    const { code, stdout } = await loginOn(server, ['hostname']);
    expect(stdout).toBe(`${server}\n`);
    expect(code).toBe(0);
    const { accepted, credentials } = await cluster().server(server).accountLog();
    expect(accepted.map(({ method }) => method)).toEqual([
      server === 'keyboard' ? 'keyboard-interactive/pam' : 'password',
    ]);
    expect(credentials).toEqual([{ user: 'ada', password: ada.password }]);
  });

  it.each(['hashed', 'rsa', 'ecdsa'])(
    'finds the key of a server whose known_hosts line is of kind: %s',
    async (name) => {
      expect(await loginOn(name, ['hostname'])).toMatchObject({ code: 0, stdout: `${name}\n` });
    },
  );

  it('asks the server for the key type that is known, where it has several', async () => {
    const { client } = cluster();
    const server = cluster().server('s1');
    await server.host.sh(
      "rm -f /etc/ssh/second* /etc/ssh/more; ssh-keygen -q -N '' -t ecdsa -f /etc/ssh/second; echo HostKey /etc/ssh/second >>/etc/ssh/more",
    );
    await server.refuse();
    await server.host.sh(
      '{ cat /etc/ssh/more /etc/ssh/sshd_config; } >/etc/ssh/both; ' +
        '/usr/sbin/sshd -f /etc/ssh/both -E /var/log/sshd.log </dev/null >/dev/null 2>&1',
    );
    const second = (await server.host.read('/etc/ssh/second.pub')).split(' ').slice(0, 2).join(' ');
    await client.write('/run/known', `s1 ${second}\n`);
    const outcome = await cluster().login(ada, ['hostname'], {
      args: ['--no-x11', '--server', 's1'],
      env: { LDM_KNOWN_HOSTS: '/run/known' },
    });
    expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
    await server.killSshd();
  });

  it('takes the password from a file, without the line end that an editor leaves', async () => {
    await cluster().client.write('/run/password', `${ada.password}\r\n`, 0o600);
    const args = ['login', '--user', 'ada', '--password-file', '/run/password', '--no-x11', '--server', 's1'];
    expect(await cluster().ldm([...args, '--', 'echo', 'in'])).toMatchObject({ code: 0, stdout: 'in\n' });
  });

  it.each([
    ['2222', (address: string) => `${address}:2222`],
    ['22', (address: string) => address],
  ])('reaches a server by its IPv6 address, on port %s', async (port, entry) => {
    const { host, link, sshd } = cluster().server('s1');
    if (port !== '22') await host.sh(`/usr/sbin/sshd -f /etc/ssh/sshd_config -p ${port} -E /var/log/other.log`);
    const name = port === '22' ? link.address6 : `[${link.address6}]:${port}`;
    await cluster().client.write('/run/known', `${name} ${sshd.hostKeys[0]}\n`);
    const { code, stdout } = await cluster().login(ada, ['echo "$SSH_CONNECTION"'], {
      env: { LDM_SERVER: entry(port === '22' ? link.address6 : `[${link.address6}]`), LDM_KNOWN_HOSTS: '/run/known' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^fd77::1 \\d+ ${link.address6} ${port}$`, 'm'));
  });

  it('refuses a server that is not in the list, with code 64', async () => {
    const { code, stderr } = await loginOn('elsewhere', ['true']);
    expect(code).toBe(64);
    expect(stderr).toContain('elsewhere');
  });

  it('logs in whatever the settings say, and reports what cannot be used', async () => {
    const config = [
      'LDM_BALANCE=sideways LDM_PROBE_TIMEOUT="soon"',
      '; comment',
      'nonsense',
      'include /nowhere/lts.conf',
      'LDM_XSESSION=Xsession',
      'LDM_HOOK_TIMEOUT=never',
      'LDM_ETCD=ftp://root:s3cret@etcd LDM_LIMIT_ONE_SESSION=maybe',
      'LDM_SSHOPTIONS="-q -R 1:a:2 -o StrictHostKeyChecking=no -c 3des-cbc -o TCPKeepAlive=yes"',
      'LDM_GREETING="open',
      'LIKE=nobody',
      'LDM_SERVR=s9',
      '',
    ];
    await cluster().client.write('/run/odd.conf', config.join('\r\n'));
    const args = ['--no-x11', '--config', '/run/odd.conf'];
    const { code, stdout, stderr } = await cluster().login(ada, ['echo', 'here'], { args });
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'here\n' });
    const reported = stderr
      .match(/^warn setting-problem at=\/run\/odd\.conf:\d+/gm)
      ?.map((line) => line.replace(/.*:/, ''));
    expect(reported?.sort((a, b) => Number(a) - Number(b))).toEqual([
      '1',
      '1',
      '3',
      '4',
      '6',
      '7',
      '7',
      '8',
      '8',
      '8',
      '9',
      '10',
      '11',
    ]);
    expect(stderr).not.toContain('s3cret');
    const check = await cluster().ldm(['settings', '--check', '--config', '/run/odd.conf']);
    expect(check.code).toBe(78);
  });

  it('refuses an unknown host key whatever the options of ssh say, and lets nobody in by a broken LDM_USER_ALLOW', async () => {
    await cluster().client.write('/run/none', '');
    const env = {
      LDM_KNOWN_HOSTS: '/run/none',
      LDM_SSHOPTIONS: '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
      LDM_HOST_KEYS: 'off',
    };
    expect((await cluster().login(ada, ['true'], { env })).code).toBe(76);
    await cluster().client.write('/run/odd.conf', 'LDM_USER_ALLOW="ada, bea\n');
    const args = ['--no-x11', '--config', '/run/odd.conf'];
    expect((await cluster().login(ada, ['true'], { args })).code).toBe(77);
  });

  it('leaves no process on the client or the server, and no connection', async () => {
    const server = cluster().server('s1');
    await server.inform(rated(50));
    await loginOn('s1', ['true']);
    expect([...(await cluster().client.processes()).values()]).toEqual([]);
    await expect.poll(() => server.sshd.connections()).toEqual([]);
  });
});
