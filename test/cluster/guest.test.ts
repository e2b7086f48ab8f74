import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import type { Account } from './support/accounts.js';
import { ada, type Cluster } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import type { Running } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

const kiosk: Account = { name: 'kiosk', password: 'nobody knows' };

requireOrSkip(missingForCluster, 'Automatic logins', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }, { name: 's3' }], accounts: [ada, kiosk] });

  /** Starts the greeter with a session that leaves a sign of itself and shows a window for 10 s. */
  async function greet(env: Readonly<Record<string, string>>): Promise<Running> {
    const ours = cluster();
    if (ours.environment.DISPLAY === undefined) await ours.startX();
    const xsession =
      '#!/bin/sh\n{ id -un; env; } >/run/session.$$\nmv /run/session.$$ /run/session\ntimeout 10 xclock\nexit 0\n';
    await Promise.all(
      ours.servers.map(async ({ host }) => {
        await host.write('/run/xsession', xsession, 0o755);
        await host.sh('rm -f /run/session; chmod 1777 /run');
      }),
    );
    return ours.startLdm(['greeter'], {
      env: { LDM_XSESSION: '/run/xsession', LDM_USERNAME: kiosk.name, LDM_PASSWORD: kiosk.password, ...env },
    });
  }
  const sessions = async (ours: Cluster): Promise<string[]> => {
    const texts = await Promise.all(ours.servers.map(({ host }) => host.read('/run/session')));
    return ours.servers.flatMap(({ name }, at) => (texts[at] === '' ? [] : [`${name} ${texts[at]?.split('\n')[0]}`]));
  };

  it('begin by themselves, on an allowed server alone, and end with the session', async () => {
    await cluster().server('s2').killSshd();
    await cluster().client.sh('rm -f /run/told');
    const tell = '#!/bin/sh\necho "$(basename "$0") $LDM_USERNAME $LDM_SELECTED_SESSION" >>/run/told\n';
    for (const name of ['I10', 'P10', 'S10', 'X10', 'K10']) {
      await cluster().client.write(`/run/hooks/${name}`, tell, 0o755);
    }
    const ofClient = { SOUND: 'y', SCANNER: 'y', LDM_PRINTER_DEFAULT: 'hp', CLIENT_ENV: 'A=b', LDM_DIRECTX: 'y' };
    const ldm = await greet({
      LDM_AUTOLOGIN: 'y',
      LDM_LOGIN_TIMEOUT: '0',
      LDM_GUEST_SERVER: 's2 s3',
      LDM_HOOK_DIRS: '/run/hooks',
      LDM_SYSLOG: 'y',
      ...ofClient,
    });
    await expect.poll(() => sessions(cluster()), { timeout: 20_000 }).toEqual(['s3 kiosk']);
    const everywhere = await cluster().client.sh(
      'for p in /proc/[0-9]*; do [ $p = /proc/$$ ] || tr "\\0" "\\n" <"$p/environ"; done 2>/dev/null | sort -u; ' +
        'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"',
    );
    // ldm's own first environment is the kernel's copy of what it was started with; no child has it.
    const holders = everywhere.split('\n').filter((line) => line.includes(kiosk.password));
    expect(holders).toEqual([`LDM_PASSWORD=${kiosk.password}`]);
    const { code, stderr } = await ldm.done;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain(kiosk.password);
    expect(stderr).toMatch(/^<4>warn setting-without-effect variable=LDM_DIRECTX /m);
    expect(stderr).toMatch(/^<6>info login outcome=started user=kiosk server=s3 /m);
    const login = ['P10', 'S10', 'X10', 'K10'].map((name) => `${name} kiosk default`);
    expect((await cluster().client.read('/run/told')).trim().split('\n')).toEqual(['I10 kiosk ', ...login]);
    const address = (await cluster().client.sh('hostname -I')).split(' ')[0];
    const session = (await cluster().server('s3').host.read('/run/session')).split('\n');
    expect(session).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PULSE_SERVER=unix:/),
        `SANE_NET_HOSTS=${address}`,
        'PRINTER=hp',
        'A=b',
      ]),
    );
  });

  it('do not try again when the password is refused: the greeter stays', async () => {
    const ldm = await greet({ LDM_AUTOLOGIN: 'y', LDM_LOGIN_TIMEOUT: '1', LDM_PASSWORD: 'wrong', LDM_SERVER: 's1' });
    await expect
      .poll(async () => (await cluster().server('s1').accountLog()).failed.length, { timeout: 20_000 })
      .toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await cluster().server('s1').accountLog()).failed).toHaveLength(1);
    ldm.signal('SIGTERM');
    expect((await ldm.done).stderr).toContain('outcome=wrong-credentials');
  });

  it('do not begin where HOST_TO_USERNAME does not know the client', async () => {
    const ldm = await greet({ LDM_AUTOLOGIN: 'y', LDM_LOGIN_TIMEOUT: '0', HOST_TO_USERNAME: 'pc/guest' });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await sessions(cluster())).toEqual([]);
    ldm.signal('SIGTERM');
    await ldm.done;
  });
});
