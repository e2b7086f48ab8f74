import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkout, type Host, startHost } from '../cluster/support/host.js';
import { type Network, startNetwork } from '../cluster/support/network.js';
import type { RunOptions } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages } from './support/missing.js';
import { layerOver, minimalRoot } from './support/roots.js';

const password = 'ten-minutes';
const log = '/tmp/sshd.log';

/**
 * OpenSSH 10 with its defaults (PerSourcePenalties): each connection without a sign-in is a second of penalty for the
 * client's address, a failed sign-in five, and at 15 s the address is turned away. No info service runs.
 */
requireOrSkip(missingForPackages, 'OpenSSH of Debian 13', () => {
  let network: Network;
  let server: CleanRoot;
  let client: Host;
  let address = '';

  beforeAll(async () => {
    const install = 'apt-get -q install --yes openssh-server';
    const root = await layerOver(await minimalRoot('trixie'), 'sshd', install);
    network = await startNetwork();
    [server, client] = await Promise.all([startCleanRoot('app1', root, { packages: new Map() }), startHost('client')]);
    ({ address } = await network.connect(server.host, 11));
    await network.connect(client, 1);
    await server.sh(`
      mkdir -p /run/sshd
      ssh-keygen -q -A
      useradd --create-home --shell /bin/sh ada
      echo 'ada:${password}' | chpasswd
      /usr/sbin/sshd -o LogLevel=DEBUG1 -E ${log}`);
    const keys = await server.sh('cat /etc/ssh/ssh_host_*_key.pub');
    await client.write('/etc/hosts', `127.0.0.1 localhost\n${address} app1\n`);
    await client.write('/etc/ssh/ssh_known_hosts', keys.replace(/^/gm, 'app1 ').trimEnd());
  });
  afterAll(async () => {
    await client?.stop();
    await server?.stop();
    await network?.stop();
  });

  const ldm = (args: readonly string[], { env, ...options }: RunOptions = {}) =>
    client.run([`${checkout}/bin/ldm`, ...args], {
      ...options,
      env: { HOME: '/run', LDM_STATE_DIR: '/run/ldm', LDM_SERVER: 'app1', ...env },
    });
  /** Reasons of penalties, and how many seconds were left of those before, since the last call. */
  const penalties = async (): Promise<string[]> => {
    // A connection is judged when its process has ended.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const text = await server.sh(`cat ${log}; : >${log}`);
    return text.split('\n').filter((line) => /srclimit_penalise: .*(penalty of|remaining)/.test(line));
  };
  it('counts nothing of the logins of a class that share one address', async () => {
    await penalties();
    const pupils = [1, 2, 3].map((pupil) => ({
      env: { LDM_STATE_DIR: `/run/pupil${pupil}` },
      input: `${password}\n`,
    }));
    for (const pupil of pupils) {
      const login = ['login', '--user', 'ada', '--password-file', '-', '--no-x11', '--', 'echo', 'in'];
      expect(await ldm(login, pupil)).toMatchObject({ code: 0, stdout: 'in\n' });
    }
    expect(await penalties()).toEqual([]);
  });

  it('has forgiven a scan for host keys before the next can come', async () => {
    for (let scan = 0; scan < 2; scan += 1) {
      const { code, stdout } = await ldm(['keys', 'scan', 'app1']);
      expect(code).toBe(0);
      expect(stdout.match(/^app1,\S+ ssh-/gm)).toHaveLength(2);
    }
    const left = (await penalties()).map((line) => Number(/(\d+) seconds remaining/.exec(line)?.[1] ?? 0));
    expect(left).toHaveLength(6);
    expect(Math.max(...left)).toBeLessThan(3);
  });

  it('keeps a class out for the seconds of its wrong passwords; who looks and tries meanwhile adds next to none', async () => {
    await server.sh(`/usr/sbin/sshd -p 2225 -o PidFile=none -o LogLevel=DEBUG1 -E ${log}`);
    const login = (word: string) =>
      ldm(['login', '--user', 'ada', '--password-file', '-', '--no-x11', '--', 'echo', 'in'], {
        env: { LDM_SERVER: 'app1:2225' },
        input: `${word}\n`,
      });
    const wrong = await Promise.all(['one', 'two', 'three', 'four'].map(login));
    expect(wrong.map(({ code }) => code)).toEqual([77, 77, 77, 77]);
    const refused = await login(password);
    expect(refused.code, refused.stderr).toBe(69);
    expect(refused.stderr).toContain('takes no logins from this computer');
    // 20 s, and what the answers to those who look take.
    const look = async (): Promise<string> => {
      await ldm(['servers'], { env: { LDM_SERVER: 'app1:2225' } });
      return (await login(password)).stdout;
    };
    await expect.poll(look, { timeout: 60_000, interval: 1_000 }).toBe('in\n');
    const given = (await penalties()).join('\n');
    expect(given.match(/activating/g)).toHaveLength(1);
    // One look every 10 s.
    expect(given.match(/connections without attempting/g)?.length ?? 0).toBeLessThan(4);
  });

  it('exchanges keys with ML-KEM, and is known by a certificate', async () => {
    await server.sh(`ssh-keygen -q -t ed25519 -N '' -f /root/authority
      ssh-keygen -q -s /root/authority -I app1 -h -n app1 /etc/ssh/ssh_host_ed25519_key.pub
      /usr/sbin/sshd -p 2223 -o PidFile=none -o HostCertificate=/etc/ssh/ssh_host_ed25519_key-cert.pub
      /usr/sbin/sshd -p 2224 -o PidFile=none -o KexAlgorithms=mlkem768x25519-sha256 -o PerSourcePenalties=no`);
    const authority = (await server.sh('cut -d" " -f1,2 /root/authority.pub')).trim();
    await client.write('/run/authorities', `@cert-authority [app1]:2223,[app1]:2224 ${authority}\n`);
    const login = (port: number, env: Readonly<Record<string, string>> = {}) =>
      ldm(['login', '--user', 'ada', '--password-file', '-', '--no-x11', '--', 'echo', 'in'], {
        env: { LDM_SERVER: `app1:${port}`, LDM_KNOWN_HOSTS: '/run/authorities', ...env },
        input: `${password}\n`,
      });
    const certified = await login(2223);
    expect(certified.stdout, certified.stderr).toBe('in\n');
    expect(certified.stderr).toMatch(
      /^info connection-secured server=app1:2223 kex=mlkem768x25519-sha256 hostKey=ssh-ed25519-cert-v01@openssh\.com /m,
    );
    const plain = await login(2224, { LDM_KNOWN_HOSTS: '/etc/ssh/ssh_known_hosts', LDM_POST_QUANTUM: 'require' });
    expect(plain.stdout, plain.stderr).toBe('in\n');
    expect((await login(2224)).code).toBe(76);
  });

  it('turns an address away in the end, and the user reads why', async () => {
    await server.sh(`/usr/sbin/sshd -p 2222 -o PidFile=none -o 'PerSourcePenalties noauth:60s'`);
    await client.run(['timeout', '2', 'bash', '-c', `head -n 1 </dev/tcp/${address}/2222`]);
    const penalized = async () => JSON.parse((await ldm(['servers', '--json'], { env })).stdout) as unknown;
    const env = { LDM_SERVER: 'app1:2222' };
    await expect.poll(penalized, { timeout: 30_000 }).toMatchObject([
      {
        state: 'down',
        reason: 'turned-away',
        message: expect.stringContaining('takes no logins from this computer'),
        hostKey: 'known',
      },
    ]);
    const scan = await ldm(['keys', 'scan', 'app1:2222']);
    expect(scan.code).toBe(69);
    expect(scan.stderr).toContain('PerSourcePenalties');
  });
});
