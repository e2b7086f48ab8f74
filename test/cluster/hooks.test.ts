import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { ada, type Cluster } from './support/cluster.js';
import { checkout } from './support/host.js';
import { missingForCluster } from './support/missing.js';
import { ldmOnTerminal } from './support/terminal.js';
import { useCluster } from './support/use-cluster.js';

const folder = '/run/hooks';
const mary: Account = { name: 'mary', password: 'little lamb' };

requireOrSkip(missingForCluster, 'Hooks', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }], accounts: [ada, mary] }, async (ours) => {
    await ours.client.sh(`rm -rf ${folder} /run/told`);
    expect(await ours.client.sh('ls -d /run/ldm-?????? 2>/dev/null || true')).toBe('');
  });
  const hook = (name: string, text: string): Promise<void> =>
    cluster().client.write(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, 0o755);
  const env = { LDM_HOOK_DIRS: folder, LDM_SERVER: 's1' };
  const login = (command: readonly string[], more: Readonly<Record<string, string>> = {}, who = ada) =>
    cluster().login(who, command, { env: { ...env, ...more } });
  const told = (ours: Cluster): Promise<string> => ours.client.read('/run/told');

  it('run before sign-in, signed in, before and behind the session, in this order and with its environment', async () => {
    const tell = 'echo "$(basename "$0") $LDM_SERVER $LDM_USERNAME $LDMINFO_IPADDR $LDM_MINE" >>/run/told';
    for (const name of ['K10', 'P10', 'S20-b', 'S10-a', 'X10', 'I10']) await hook(name, tell);
    const { code, stdout } = await login(['echo session'], { LDM_MINE: 'mine' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'session\n' });
    const address = (await cluster().client.sh('hostname -I')).split(' ')[0];
    const rest = `s1 ada ${address} mine`;
    expect((await told(cluster())).trim().split('\n')).toEqual(
      ['P10', 'S10-a', 'S20-b', 'X10', 'K10'].map((name) => `${name} ${rest}`),
    );
  });

  it('run commands on the server over the open connection, with input, output and exit code', async () => {
    await hook(
      'S10',
      [
        'printf "a\\nb\\n" | ldm remote -- "hostname; id -un; wc -l; echo problem >&2; exit 7" >/run/told 2>&1',
        'echo "code $?" >>/run/told',
        'ldm remote -- printf "<%s>" "a b" "*" >>/run/told',
        'ldm remote -- head -c 3000000 /dev/zero | wc -c >>/run/told',
      ].join('\n'),
    );
    await hook('K10', 'ldm remote -- hostname >>/run/told');
    expect((await login(['true'])).code).toBe(0);
    const lines = (await told(cluster())).split('\n');
    expect(lines.slice(0, 4).sort()).toEqual(['2', 'ada', 'problem', 's1']);
    expect(lines.slice(4)).toEqual(['code 7', '<a b><*>3000000', 's1', '']);
    // One login, whatever ran over it.
    expect((await cluster().server('s1').accountLog()).accepted).toHaveLength(1);
  });

  it('are the only ones who can reach that connection: the socket is for root, in a folder of its own', async () => {
    await hook('S10', 'stat -c "%a %u" "$LDM_SOCKET" "$(dirname "$LDM_SOCKET")" >/run/told');
    await login(['true']);
    expect(await told(cluster())).toBe('600 0\n700 0\n');
  });

  it('of phase P refuse a login before anything is sent to the server', async () => {
    await hook('P10', 'echo "No logins on Sundays." >&2; exit 1');
    await hook('K10', 'touch /run/told');
    const { code, stdout, stderr } = await login(['hostname'], { LDM_SERVER: 's1 s2' });
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr).toContain('ldm: No logins on Sundays.\n');
    const logs = await Promise.all(cluster().servers.map((server) => server.accountLog()));
    expect(logs.flatMap(({ requests, credentials }) => [...requests, ...credentials])).toEqual([]);
    expect(await cluster().client.sh('ls /run/told 2>/dev/null || true')).toBe('');
  });

  it('of phase S refuse a login that is signed in, on the word of the server, and K runs behind them', async () => {
    await hook('S10', 'ldm remote -- test -e /run/closed || exit 0\necho "Closed." >&2; exit 1');
    await hook('K10', 'echo undone >/run/told');
    await cluster().server('s1').host.sh('touch /run/closed');
    const { code, stdout, stderr } = await login(['hostname']);
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr).toContain('ldm: Closed.\n');
    expect(await told(cluster())).toBe('undone\n');
    await cluster().server('s1').host.sh('rm /run/closed');
    expect(await login(['hostname'])).toMatchObject({ code: 0, stdout: 's1\n' });
  });

  it('never have the password in their environment', async () => {
    await hook('S10', 'env >/run/told');
    await login(['true'], { LDM_PASSWORD: 'kiosk password', LDM_LOGLEVEL: '7' });
    const seen = await told(cluster());
    expect(seen).toContain('LDM_LOGLEVEL=7');
    expect(seen).not.toContain(ada.password);
    expect(seen).not.toContain('kiosk password');
  });

  it('give the session what X10 prints as NAME=VALUE', async () => {
    await hook('X10', 'echo "GREETING=hello world"');
    await cluster().startX();
    const { host } = cluster().server('s1');
    await host.write('/run/xsession', '#!/bin/sh\necho "$GREETING on $LTSP_CLIENT"\n', 0o755);
    const args = ['login', '--user', 'ada', '--password-file', '-'];
    const { code, stdout, stderr } = await cluster().ldm(args, {
      env: { ...env, LDM_XSESSION: '/run/xsession' },
      input: `${ada.password}\n`,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^hello world on \d/);
  });

  it('run to their end when the login is interrupted', async () => {
    await hook('S10', 'true');
    await hook('K10', 'sleep 1; echo undone >/run/told');
    const running = cluster().startLogin(ada, ['echo begun; sleep 60'], { env });
    await expect.poll(() => running.stdout(), { timeout: 15_000 }).toContain('begun');
    await cluster().client.sh('kill -INT $(pgrep -f "[l]dm.cjs login")');
    await running.done;
    expect(await told(cluster())).toBe('undone\n');
  });

  describe('of the examples', () => {
    const install = async (example: string, ...names: readonly string[]): Promise<void> => {
      await cluster().client.sh(`mkdir -p ${folder}`);
      // The checkout may lie where others could write.
      const text = readFileSync(join(checkout, 'data/rc.d-examples', example), 'utf8');
      for (const name of names) await cluster().client.write(`${folder}/${name}`, text, 0o755);
    };
    const desktop = async (more: Readonly<Record<string, string>>): Promise<string> => {
      await cluster().startX();
      await cluster().server('s1').host.write('/run/xsession', '#!/bin/sh\nenv\n', 0o755);
      const { stdout, code, stderr } = await cluster().ldm(['login', '--user', 'ada', '--password-file', '-'], {
        env: { ...env, LDM_XSESSION: '/run/xsession', ...more },
        input: `${ada.password}\n`,
      });
      expect(code, stderr).toBe(0);
      return stdout;
    };

    it('X50-printer gives the printer of the room', async () => {
      await install('X50-printer', 'X50-printer');
      await cluster().client.write('/run/printers', '# rooms\nroom-* laser\ncli* hall\n* none\n');
      expect(await desktop({ LDM_PRINTERS: '/run/printers' })).toContain('PRINTER=hall\n');
    });

    it('50-scanner lets the server in for as long as the session lasts', async () => {
      await install('50-scanner', 'S50-scanner', 'X50-scanner', 'K50-scanner');
      await hook('X90', 'cat /run/saned.conf >/run/told');
      await cluster().client.write('/run/saned.conf', 'localhost\n');
      const seen = await desktop({ SANED_CONFIG: '/run/saned.conf' });
      expect(seen).toMatch(/^SANE_NET_HOSTS=\d+\.\d+\.\d+\.\d+$/m);
      expect(await told(cluster())).toContain(`\n${cluster().server('s1').address} #`);
      expect(await cluster().client.read('/run/saned.conf')).toBe('localhost\n');
    });

    it('S15-one-session lets nobody in twice', async () => {
      await install('S15-one-session', 'S15-one-session');
      const first = cluster().startLogin(ada, ['echo begun; sleep 12'], { env });
      await expect.poll(() => first.stdout(), { timeout: 15_000 }).toBe('begun\n');
      const { code, stderr } = await login(['true']);
      expect(code).toBe(77);
      expect(stderr).toContain('You are logged in on s1 already. Please log out there first.');
      expect((await login(['true'], {}, mary)).code).toBe(0);
      expect((await first.done).code).toBe(0);
    });
  });

  it('are not needed for LDM_USER_ALLOW, by which of others nothing is sent anywhere', async () => {
    const allow = { LDM_USER_ALLOW: 'mary,eve' };
    const { code, stderr } = await login(['true'], allow);
    expect(code).toBe(77);
    expect(stderr).toContain('ada is not allowed to log in at this computer');
    expect((await cluster().server('s1').accountLog()).connections).toBe(0);
    expect((await login(['true'], allow, mary)).code).toBe(0);
  });

  it('are not needed for one session a user: the others are ended first, those of other users are not', async () => {
    const first = cluster().startLogin(ada, ['echo begun; sleep 60'], { env });
    const hers = cluster().startLogin(mary, ['echo begun; sleep 8'], { env });
    await expect.poll(() => first.stdout() + hers.stdout(), { timeout: 15_000 }).toBe('begun\nbegun\n');
    const { code, stdout } = await login(['hostname'], { LDM_LIMIT_ONE_SESSION: 'y' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
    expect((await first.done).code).toBe(74);
    expect((await hers.done).code).toBe(0);
  });

  it('ask before the other session is ended, and log nobody in who says no', async () => {
    const other = cluster().startLogin(ada, ['echo begun; sleep 40'], { env });
    await expect.poll(() => other.stdout(), { timeout: 15_000 }).toBe('begun\n');
    const asked = { ...cluster().environment, ...env, LDM_LIMIT_ONE_SESSION: 'y', LDM_LIMIT_ONE_SESSION_PROMPT: 'y' };
    const begin = async () => {
      const args = ['login', '--user', 'ada', '--no-x11', '--', 'hostname'];
      const terminal = ldmOnTerminal(cluster().client, args, asked);
      await terminal.reads(/Password of ada: /);
      terminal.types(ada.password);
      await terminal.reads(/You are logged in on s1 already\.\nEnd the other session and log in here\? \(yes or no\)/);
      return terminal;
    };
    const first = await begin();
    first.types('no');
    const refused = await first.ended;
    expect(refused.code).toBe(77);
    expect(refused.shown).toContain('You were not logged in. Your other session goes on.');
    const second = await begin();
    second.types('yes');
    const { code, shown } = await second.ended;
    expect(code, shown).toBe(0);
    expect(shown).toContain('s1\n');
    expect((await other.done).code).toBe(74);
  });
});
