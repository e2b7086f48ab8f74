import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { baseRoot, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages, missingForSystemd } from './support/missing.js';
import { isThorough } from './support/releases.js';
import { layerOver } from './support/roots.js';
import { seatOnXvfb, windowsOf } from './support/seat-on-xvfb.js';

/** A package that has nothing but the name and the version of a classic one. */
const classic = (name: string): string => `
  mkdir -p /tmp/${name}/DEBIAN
  printf '%s\\n' 'Package: ${name}' 'Version: 2:2.18.06-1' 'Architecture: all' 'Maintainer: nobody <nobody@localhost>' \\
    'Description: stands for the classic package' >/tmp/${name}/DEBIAN/control
  dpkg-deb -b /tmp/${name} /root/packages/${name}-classic.deb >/dev/null`;

const upgrades = (): void => {
  let built: Built;
  let root: CleanRoot;
  beforeAll(async () => {
    built = await buildPackages('first');
    const withNeedrestart = 'apt-get -q install --yes --download-only needrestart';
    const layers = await layerOver(await baseRoot(built), 'upgrades', withNeedrestart);
    root = await startCleanRoot('upgrades', layers, built, 'systemd');
    await root.sh(`${classic('ldm-server')}; ${classic('ldm')}; ${newer('ldm-server')}; ${newer('ldm-greeter')}`);
  });
  afterAll(() => root?.stop());

  const file = (name: string): string => `/root/packages/${basename(built.packages.get(name) ?? '')}`;
  const newer = (name: string): string => `dpkg-deb -R ${file(name)} /tmp/newer
    sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control
    dpkg-deb -b /tmp/newer /root/packages/${name}-newer.deb >/dev/null; rm -r /tmp/newer`;
  const install = (files: string, ...options: string[]): Promise<string> =>
    root.sh(`apt-get -q install --yes ${options.join(' ')} ${files}`);
  const version = async (name: string): Promise<string> =>
    (await root.run(`dpkg-query --show --showformat '\${Version}' ${name}`)).stdout;
  const mainPid = async (unit: string): Promise<string> =>
    (await root.sh(`systemctl show --property MainPID --value ${unit}`)).trim();

  /** One seat with a session that must not end, and one with a login screen that nobody uses. */
  const unused = async (): Promise<string> => (await root.run('pgrep -f "[d]ist/ldm.cjs"')).stdout;

  it('sessions, the port 9571 and the login screen are there', { timeout: 600_000 }, async () => {
    await root.sh(`${seatOnXvfb({ LDM_SERVER: '127.0.0.1' })}
      printf '#!/bin/sh\\nexec sleep 3600\\n' >/usr/local/bin/session; chmod 755 /usr/local/bin/session`);
    await install(`${file('ldm-server')} ${file('ldm-greeter')}`);
    await root.sh(`apt-get -q install --yes xvfb x11-utils
      echo LDM_SEAT_PROGRAM=/usr/local/bin/session >/etc/ldm/seat-tty7.conf
      systemctl start ldm@tty7 ldm@tty8 ldminfod`);
    await until('the session', async () => (await root.run('pgrep -x sleep')).code === 0, 120_000);
    await until('the login screen', async () => (await windowsOf(root, 'tty8')).includes('"Login"'), 180_000);
  });

  it('an upgrade to the next version ends no session, refuses no client, and renews a login screen that nobody uses', {
    timeout: 600_000,
  }, async () => {
    const [session, screen, service] = [await mainPid('ldm@tty7'), await unused(), await mainPid('ldminfod')];
    const asking = root.start(`until [ -e /tmp/upgraded ]; do
      bash -c 'cat </dev/tcp/127.0.0.1/9571' | grep -q ^rating: || echo refused; sleep 0.1; done`);
    await install('/root/packages/ldm-server-newer.deb /root/packages/ldm-greeter-newer.deb');
    await root.sh(': >/tmp/upgraded');
    await asking.done;
    expect(asking.stdout() + asking.stderr()).toBe('');
    expect(await version('ldm-greeter')).toMatch(/newer$/);
    expect(await mainPid('ldminfod')).not.toBe(service);
    expect(await unused()).toBe(screen);
    await until(
      'the next login screen',
      async () => {
        const now = await unused();
        return now !== '' && now !== screen;
      },
      150_000,
    );
    const said = await root.sh('journalctl --quiet -o cat -t ldm');
    expect(said).toMatch(
      /info restart-due program=\/usr\/lib\/ldm-greeter.*info restarting program=\/usr\/lib\/ldm-greeter/s,
    );
    expect(await mainPid('ldm@tty7')).toBe(session);
  });

  it('the same version again, and the one before, end no session', { timeout: 600_000 }, async () => {
    const session = await mainPid('ldm@tty7');
    await install('/root/packages/ldm-greeter-newer.deb', '--reinstall');
    await install(`${file('ldm-greeter')} ${file('ldm-server')}`, '--allow-downgrades');
    expect(await version('ldm-greeter')).not.toMatch(/newer$/);
    expect(await mainPid('ldm@tty7')).toBe(session);
    expect(await root.sh('systemctl is-active ldminfod.socket')).toBe('active\n');
  });

  it('the session goes on while Node is away for a minute and comes back as another, and ldminfod answers', {
    timeout: 600_000,
  }, async () => {
    const [session, service] = [await mainPid('ldm@tty7'), await mainPid('ldminfod')];
    const answers = (): Promise<string> => root.sh('bash -c "cat </dev/tcp/127.0.0.1/9571"');
    await root.sh('mv /usr/bin/node /usr/bin/node.away');
    for (let times = 0; times < 6; times += 1) {
      expect(await answers()).toMatch(/^rating:/m);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    }
    // A service that needs a start meanwhile makes it when Node is there again.
    await root.run('systemctl kill --signal=KILL ldminfod');
    await root.sh('rm /usr/bin/node.away');
    await install('nodejs', '--reinstall');
    await until('ldminfod', async () =>
      /^rating:/m.test((await root.run(`timeout 5 bash -c 'cat </dev/tcp/127.0.0.1/9571'`)).stdout),
    );
    expect(await mainPid('ldminfod')).not.toBe(service);
    expect(await mainPid('ldm@tty7')).toBe(session);
  });

  it('a session goes on while systemd and the X server are reinstalled', { timeout: 600_000 }, async () => {
    const [session, screen] = [await mainPid('ldm@tty7'), await mainPid('ldm@tty8')];
    await install('systemd xvfb', '--reinstall');
    expect([await mainPid('ldm@tty7'), await mainPid('ldm@tty8')]).toEqual([session, screen]);
    expect(await root.sh('systemctl is-active ldm@tty7 ldm@tty8 ldminfod.socket ldminfod')).toBe('active\n'.repeat(4));
  });

  it('needrestart in automatic mode restarts ldminfod and no session, because of the file that the package brings', {
    timeout: 600_000,
  }, async () => {
    await root.sh('apt-get -q install --yes needrestart');
    // It ignores what is mapped from below /run, where the root of this container lies.
    await root.host.write(
      `${root.place}/etc/needrestart/conf.d/container.conf`,
      "$nrconf{blacklist_mappings} = [grep { '/run/root/usr/lib/x' !~ $_ } @{$nrconf{blacklist_mappings}}];\n",
    );
    const pids = async (): Promise<string[]> =>
      Promise.all(['ldm@tty7', 'ldm@tty8', 'ldminfod'].map((unit) => mainPid(unit)));
    const before = await pids();
    // As an upgrade does: the X server keeps the old pixman, the greeter and ldminfod the old libuv.
    await root.sh(`for library in /usr/lib/*/libpixman-1.so.0 /usr/lib/*/libuv.so.1; do
      library=$(readlink -f "$library"); cp -p "$library" "$library.new"; mv "$library.new" "$library"; done`);
    const outdated = await root.sh('needrestart -b -r l');
    for (const unit of ['ldm@tty7', 'ldm@tty8', 'ldminfod']) expect(outdated).toContain(`SVC: ${unit}.service`);
    await root.sh('needrestart -q -r a');
    const after = await pids();
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toBe(before[2]);
    expect(await root.sh('bash -c "cat </dev/tcp/127.0.0.1/9571"')).toMatch(/^rating:/m);

    await root.sh('mv /etc/needrestart/conf.d/ldm-greeter.conf /root; needrestart -q -r a');
    await until('the session is restarted', async () => (await mainPid('ldm@tty7')) !== before[0], 30_000);
  });

  it('ours are installed over the classic ones, which come back by the documented commands', {
    timeout: 600_000,
  }, async () => {
    const toClassic = `apt-get -q remove --yes ldm-server ldm-greeter
      apt-get -q install --yes /root/packages/ldm-server-classic.deb /root/packages/ldm-classic.deb`;
    await root.sh(toClassic);
    // Nothing of ours keeps the port from inetd.
    expect(await root.host.listens(9571)).toBe(false);
    // ldm-server conflicts with the client ldm.
    await install(file('ldm-server'));
    expect(await version('ldm-server')).toMatch(/^3:/);
    expect(await root.sh('systemctl is-active ldminfod.socket')).toBe('active\n');
  });

  it('the login screen is installed over the classic one, which it removes', { timeout: 600_000 }, async () => {
    const isInstalled = async (name: string): Promise<boolean> =>
      (await root.run(`dpkg-query --show --showformat '\${db:Status-Status}' ${name}`)).stdout === 'installed';
    await root.sh(`apt-get -q remove --yes ldm-server ldm-greeter
      apt-get -q install --yes /root/packages/ldm-classic.deb`);
    await install(file('ldm-greeter'));
    expect(await isInstalled('ldm-greeter')).toBe(true);
    expect(await isInstalled('ldm')).toBe(false);
    await root.sh(`apt-get -q remove --yes ldm-greeter && apt-get -q install --yes /root/packages/ldm-classic.deb`);
    expect(await isInstalled('ldm')).toBe(true);
  });
};

describe.runIf(isThorough)('Upgrades', () => {
  requireOrSkip(missingForPackages ?? missingForSystemd, 'of a machine that runs', upgrades);
});
