import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { AccountLog } from './support/account-log.js';
import type { Account } from './support/accounts.js';
import { ada, type Cluster, knownHostsFile } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { useCluster } from './support/use-cluster.js';

const listed = { LDM_BALANCE: 'listed' };
const mistyped: Account = { name: 'ada', password: 'wrong horse' };
const stranger: Account = { name: 'mallory', password: 'wrong horse' };
const passwordOnly = { name: 's1', signIn: ['password'] as const };

requireOrSkip(missingForCluster, 'Credentials', () => {
  const cluster = useCluster({
    servers: [{ name: 's1' }, { name: 's2' }, { name: 's3' }, { name: 'unknown', known: 'unknown' }],
  });
  const logs = () => Promise.all(cluster().servers.map((server) => server.accountLog()));

  it.each([mistyped, stranger])(
    'that are wrong go to one server, once, and end the login with 77: $name',
    async (who) => {
      const { code, stdout, stderr } = await cluster().login(who, ['hostname']);
      expect(code).toBe(77);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/did not accept this user name and password/);
      const asked = (await logs()).filter(({ requests }) => requests.length > 0);
      expect(asked.length).toBe(1);
      expect(asked.flatMap(({ credentials }) => credentials).length).toBe(1);
      expect(asked.flatMap(({ failed }) => failed)).toEqual([{ user: who.name, method: 'keyboard-interactive/pam' }]);
    },
  );

  it('are refused in the language of the user if they are wrong', async () => {
    const { code, stderr } = await cluster().login(mistyped, ['hostname'], { env: { LANG: 'de_DE.UTF-8' } });
    expect(code).toBe(77);
    expect(stderr).toMatch(/hat diesen Benutzernamen und dieses Passwort nicht angenommen/);
  });

  it('do not go to a server whose key has changed, which ends the login with 76', async () => {
    await cluster().server('s1').wrongHostKey();
    const { code, stdout, stderr } = await cluster().login(ada, ['hostname'], { env: { LDM_SERVER: 's1' } });
    expect(code).toBe(76);
    expect(stdout).toBe('');
    expect(stderr).toContain('s1: its identity has changed');
    await expectNothingLearnt(cluster(), 's1');
  });

  it('do not go to a server whose key is not known, which ends the login with 76', async () => {
    const { code, stderr } = await cluster().login(ada, ['hostname'], { env: { LDM_SERVER: 'unknown' } });
    expect(code).toBe(76);
    expect(stderr).toContain('unknown: its identity is not known here');
    await expectNothingLearnt(cluster(), 'unknown');
  });

  it('do not go to a server whose key was revoked, though it is known as well', async () => {
    const { client } = cluster();
    const known = await client.read(knownHostsFile);
    const key = cluster().server('s1').sshd.hostKeys[0];
    await client.write('/run/known', `${known}@revoked * ${key}\n`);
    const { code, stderr } = await cluster().login(ada, ['hostname'], {
      env: { LDM_SERVER: 's1', LDM_KNOWN_HOSTS: '/run/known' },
    });
    expect(code).toBe(76);
    expect(stderr).toContain('s1: its identity was revoked');
    await expectNothingLearnt(cluster(), 's1');
  });

  it('go to the next server when the first has a wrong key, and the first learns nothing', async () => {
    await cluster().server('s1').wrongHostKey();
    for (let time = 0; time < 3; time += 1) {
      const { code, stdout } = await cluster().login(ada, ['hostname'], { env: listed });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's2\n' });
    }
    expect((await cluster().server('s1').accountLog()).connections).toBeGreaterThanOrEqual(1);
    await expectNothingLearnt(cluster(), 's1');
  });

  it('go nowhere but to the server that takes the login, of those that were raced', async () => {
    await cluster().server('s1').silentAfter('key exchange offer');
    expect(await cluster().login(ada, ['hostname'], { env: listed })).toMatchObject({ code: 0, stdout: 's2\n' });
    const [, second, third] = await logs();
    expect(second?.credentials).toEqual([{ user: 'ada', password: ada.password }]);
    expect(third?.requests).toEqual([]);
    await expectNothingLearnt(cluster(), 's1');
    const bytes = cluster().server('s1').scripted.received(22).toString('latin1');
    expect(bytes).toContain('SSH-2.0-');
    expect(bytes).not.toContain('ada');
    expect(bytes).not.toContain(ada.password);
  });

  it('are accepted from an unknown host under accept-new, and refused when its key changes later', async () => {
    await cluster().client.sh('mkdir -p /run/learned');
    const env = { LDM_SERVER: 'unknown', LDM_HOST_KEYS: 'accept-new', LDM_KNOWN_HOSTS: '/run/learned' };
    expect(await cluster().login(ada, ['hostname'], { env })).toMatchObject({ code: 0, stdout: 'unknown\n' });
    await cluster().server('unknown').forget();
    await cluster().server('unknown').wrongHostKey();
    expect(await cluster().login(ada, ['hostname'], { env })).toMatchObject({ code: 76 });
    await expectNothingLearnt(cluster(), 'unknown');
  });

  it('stand in no argument, environment or log of the client, at the highest log level', async () => {
    const login = cluster().startLogin(ada, ['sleep 5; hostname'], { env: { ...listed, LDM_LOGLEVEL: '7' } });
    await expect.poll(async () => (await logs())[0]?.accepted.length, { timeout: 10_000 }).toBe(1);
    const everywhere = await cluster().client.sh(
      'for p in /proc/[0-9]*; do tr "\\0" "\\n" <"$p/cmdline"; tr "\\0" "\\n" <"$p/environ"; done 2>/dev/null; ' +
        'find /run /tmp /var/log -xdev -type f -not -path "/run/etc/*" -exec cat {} +',
    );
    expect(everywhere).toContain('LDM_LOGLEVEL=7');
    expect(everywhere).not.toContain(ada.password);
    const { code, stderr } = await login.done;
    expect(code).toBe(0);
    expect(stderr).not.toContain(ada.password);
  });
});

requireOrSkip(missingForCluster, 'Credentials on a server with the password method only', () => {
  const cluster = useCluster({ servers: [passwordOnly, { ...passwordOnly, name: 's2' }] });

  it('that are wrong are tried once, on one server', async () => {
    expect(await cluster().login(mistyped, ['hostname'])).toMatchObject({ code: 77, stdout: '' });
    const logs = await Promise.all(cluster().servers.map((server) => server.accountLog()));
    expect(logs.flatMap(({ credentials }) => credentials)).toEqual([{ user: 'ada', password: 'wrong horse' }]);
  });
});

/** The server may have been connected to, but heard neither a user name nor a password. */
async function expectNothingLearnt(cluster: Cluster, name: string): Promise<void> {
  const { requests, credentials }: AccountLog = await cluster.server(name).accountLog();
  expect({ requests, credentials }).toEqual({ requests: [], credentials: [] });
}
