import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { baseRoot, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages, missingForSystemd } from './support/missing.js';
import { isThorough } from './support/releases.js';
import { seatOnXvfb, windowsOf } from './support/seat-on-xvfb.js';

requireOrSkip(missingForPackages ?? missingForSystemd, 'the units, under systemd as the first process', () => {
  let built: Built;
  let root: CleanRoot;
  beforeAll(async () => {
    built = await buildPackages('first');
    root = await startCleanRoot('units', await baseRoot(built), built, 'systemd');
  });
  afterAll(() => root?.stop());

  const install = (name: string): Promise<string> =>
    root.sh(`apt-get -q install --yes /root/packages/${basename(built.packages.get(name) ?? '')}`);
  const answer = async (): Promise<string> =>
    (await root.run('exec 2>&1; bash -c "cat </dev/tcp/127.0.0.1/9571"')).stdout;
  /** Fields of the journal's entries, oldest first. */
  const journal = async (of: string): Promise<{ MESSAGE?: string; PRIORITY?: string }[]> =>
    (await root.sh(`journalctl --sync; journalctl --no-pager -o json ${of}`))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  /** What systemd finds that a unit could do, of 0 to 10. */
  const exposureOf = async (unit: string): Promise<number> => {
    const verdict = await root.sh(`systemd-analyze --no-pager security ${unit} | tail -n 1`);
    console.info(verdict.trim());
    return Number(/level for \S+: ([\d.]+)/.exec(verdict)?.[1]);
  };

  it('ldminfod answers from the moment that its package is installed, and only then runs', async () => {
    expect(await root.sh('systemctl is-system-running')).toBe('running\n');
    await install('ldm-server');
    expect(await root.sh('systemctl is-active ldminfod.socket')).toBe('active\n');
    expect((await root.run('systemctl is-active ldminfod.service')).stdout).toBe('inactive\n');
    expect(await answer()).toMatch(/^rating:\d+$/m);
    expect(await root.sh('systemctl is-active ldminfod.service')).toBe('active\n');
  });

  it('ldminfod runs as nobody in particular, and systemd finds little that it could do', async () => {
    const pid = (await root.sh('systemctl show --property MainPID --value ldminfod')).trim();
    const status = await root.sh(`cat /proc/${pid}/status`);
    expect(status).toMatch(/^Uid:\s+6[1-5]\d{3}\s/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    // systemd calls less than 4 "OK".
    expect(await exposureOf('ldminfod.service')).toBeLessThan(3);
  });

  it('a drain is told at once, and outlives a restart', async () => {
    await root.sh('ldminfod drain');
    await until('it is told', async () => (await answer()).includes('state:draining'));
    await root.sh('systemctl restart ldminfod');
    expect(await answer()).toMatch(/^state:draining$/m);
    await root.sh('ldminfod undrain');
    await until('it is told', async () => (await answer()).includes('state:up'));
  });

  it('ldminfod comes back when it is killed, and no client is refused meanwhile', async () => {
    await root.sh('systemctl kill --signal KILL ldminfod');
    expect(await answer()).toMatch(/^rating:\d+$/m);
  });

  const answers = (): Promise<void> => until('it answers', async () => /^rating:\d+$/m.test(await answer()), 30_000);
  const startsSince = async (since: string): Promise<number> =>
    (await journal(`-u ldminfod ${since} _PID=1`)).filter(({ MESSAGE }) => MESSAGE?.startsWith('Starting ')).length;
  const now = (): string => `--since @${Math.floor(Date.now() / 1_000)}`;

  it.each([
    ['wrong settings', 'echo "capacity = many" >>/etc/ldm/ldminfod.conf', "sed -i '$d' /etc/ldm/ldminfod.conf", /many/],
    ['no Node', 'mv /usr/bin/node /usr/bin/node.away', 'mv /usr/bin/node.away /usr/bin/node', /node: not found/],
    ['no program', 'mv /usr/bin/ldminfod /root', 'mv /root/ldminfod /usr/bin', /No such file or directory|203/],
  ])(
    'with %s, ldminfod is tried again with pauses, and comes back by itself',
    { timeout: 90_000 },
    async (_what, take, bring, sentence) => {
      const since = now();
      await root.sh(`${take}; systemctl restart ldminfod || true`);
      try {
        // Clients that wait in the socket start the service whenever it is down.
        void answer().catch(() => {});
        await root.sh('sleep 8');
        const said = (await journal(`-u ldminfod ${since}`)).filter(({ MESSAGE }) => sentence.test(MESSAGE ?? ''));
        expect(said).not.toEqual([]);
        expect(await startsSince(since)).toBeLessThan(25);
      } finally {
        await root.sh(bring);
      }
      await answers();
    },
  );

  it('the socket comes back by itself when its port was taken', { timeout: 60_000 }, async () => {
    const since = now();
    await root.sh('systemctl stop ldminfod.socket ldminfod.service; systemctl enable ldminfod.service');
    const other = root.start(`exec node -e 'require("net").createServer().listen(9571)'`);
    await until('the port is taken', () => root.host.listens(9571));
    await root.run('systemctl start ldminfod.socket');
    expect((await root.run('systemctl is-failed ldminfod.socket')).stdout).toBe('failed\n');
    other.signal('SIGTERM');
    await other.done;
    await answers();
    await until('the service', async () => (await root.run('systemctl is-active ldminfod')).stdout === 'active\n');
    expect((await journal(`-u ldminfod.socket ${since}`)).map(({ MESSAGE }) => MESSAGE).join('\n')).toContain(
      'Address already in use',
    );
    await root.sh('systemctl disable ldminfod.service');
  });

  it('the socket listens on an address that the machine has not yet got', async () => {
    const place = '/etc/systemd/system/ldminfod.socket.d';
    await root.sh(`mkdir ${place}; printf '[Socket]\\nListenStream=\\nListenStream=10.99.0.1:9571\\n' >${place}/address.conf
      systemctl daemon-reload; systemctl stop ldminfod; systemctl restart ldminfod.socket`);
    await root.host.run(['ip', 'address', 'add', '10.99.0.1/32', 'dev', 'lo']);
    expect(await root.sh('bash -c "cat </dev/tcp/10.99.0.1/9571"')).toMatch(/^rating:\d+$/m);
    await root.sh(
      `rm -r ${place}; systemctl daemon-reload; systemctl stop ldminfod; systemctl restart ldminfod.socket`,
    );
  });

  const showsLogin = (seat: string): Promise<void> =>
    until(`the login window of ${seat}`, async () => (await windowsOf(root, seat)).includes('"Login"'), 90_000);

  it('the login screen comes up on its seat, with the rights of _ldm', { timeout: 180_000 }, async () => {
    await root.sh(seatOnXvfb({ LDM_SERVER: '127.0.0.1' }));
    await install('ldm-greeter');
    await root.sh('apt-get -q install --yes xvfb x11-utils; systemctl start ldm@tty7');
    await showsLogin('tty7');
    const users = `for p in $(pgrep -f '[l]dm.cjs|[g]reeter.cjs'); do stat -c %U /proc/$p; done | sort -u`;
    expect(await root.sh(users)).toBe('_ldm\n');
  });

  it('its unit can do no more than X and hooks need, and ldm nothing that needs a capability', async () => {
    // Each door that is left open is in docs/seats.md.
    expect(await exposureOf('ldm@tty7.service')).toBeLessThan(5.5);
    const status = async (program: string): Promise<string> => root.sh(`cat /proc/$(pgrep -f ${program} -n)/status`);
    expect(await status('[X]vfb')).toMatch(/^NoNewPrivs:\s+1$/m);
    const ldm = await status('[l]dm.cjs');
    expect(ldm).toMatch(/^CapBnd:\s+0+$/m);
    expect(ldm).toMatch(/^Seccomp:\s+2$/m);
  });

  /** What the seat told the login screen that stands now, by ldm's environment. */
  const notice = async (): Promise<string> =>
    (
      await root.run(
        `tr '\\0' '\\n' <"/proc/$(pgrep -f '[l]dm.cjs' | head -n 1)/environ" | grep ^LDM_SEAT_NOTICE | sort`,
      )
    ).stdout;
  const warnings = (unit: string): Promise<string> =>
    root.sh(`journalctl --sync; journalctl --quiet --no-pager -o cat -p warning -u ${unit}`);

  const restarts = async (seat: string): Promise<number> =>
    Number(await root.sh(`systemctl show --property NRestarts --value ldm@${seat}`));

  it('a login screen that comes and goes leaves no warning in the journal', async () => {
    await root.sh('systemctl restart ldm@tty7');
    await showsLogin('tty7');
    expect(await notice()).toBe('');
    expect(await warnings('ldm@tty7')).toBe('');
  });

  it('a greeter whose X dies is followed by the next, on an X with a cookie of its own', {
    timeout: 180_000,
  }, async () => {
    const cookie = async (): Promise<string> =>
      (await root.run(`xauth -f /run/ldm-tty7/ldm-seat.*/Xauthority list | sed 's/.* //'`)).stdout;
    const [before, restartsBefore] = [await cookie(), await restarts('tty7')];
    expect(before).not.toBe('');
    await root.sh('pkill -KILL Xvfb');
    await until(
      'the next',
      async () => {
        const now = await cookie();
        return now !== '' && now !== before;
      },
      60_000,
    );
    await showsLogin('tty7');
    expect(await restarts('tty7')).toBe(restartsBefore + 1);
    expect(await notice()).toMatch(/^LDM_SEAT_NOTICE=x-ended$/m);
  });

  it.each([
    [
      'without GTK',
      '/usr/lib/*/girepository-1.0/Gtk-3.0.typelib',
      /its program does not run\.\s+Error: Typelib file for namespace 'Gtk'/,
    ],
    ['without Node', '/usr/bin/node', /its program does not run\.\s+.*node: not found/],
    ['without an X server', '/usr/bin/Xvfb', /the X server of this screen does not run\.\s+Xvfb is not installed/],
    ['without xauth', '/usr/bin/xauth', /cannot be started\.\s+xauth cannot write the cookie/],
  ])(
    'a login screen %s says so on the terminal, is tried again, and tells it when it comes',
    {
      timeout: 240_000,
    },
    async (_what, file, sentence) => {
      await root.sh(`: >/dev/tty7; for file in ${file}; do mv "$file" "$file.away"; done; systemctl restart ldm@tty7`);
      await until('the sentence', async () => sentence.test(await root.sh('cat /dev/tty7')), 60_000);
      await until('another try', async () => (await root.sh('grep -c attempt /dev/tty7')) >= '2', 90_000);
      await root.sh(`for file in ${file}.away; do mv "$file" "\${file%.away}"; done`);
      await showsLogin('tty7');
      expect(await notice()).toMatch(/^LDM_SEAT_NOTICE=(x|greeter|seat)-failed\nLDM_SEAT_NOTICE_DETAIL=.+/m);
      await root.sh('rm /dev/tty7');
    },
  );

  it.each([
    ['whose name is no seat', 'nothing', ':', ':', 1],
    ['with a full /run', 'tty8', 'dd if=/dev/zero of=/run/full bs=1M 2>/dev/null || true', 'rm /run/full', 1],
    [
      'whose program is gone',
      'tty8',
      'mv /usr/lib/ldm-greeter/ldm-seat /root',
      'mv /root/ldm-seat /usr/lib/ldm-greeter',
      5,
    ],
  ])('a unit %s is tried again with pauses', async (_what, seat, take, bring, most) => {
    await root.sh('mount -o remount,size=32m /run');
    await root.sh(`${take}; systemctl start ldm@${seat} || true; sleep 4`);
    try {
      expect(await restarts(seat)).toBeLessThanOrEqual(most);
      expect((await root.run(`systemctl is-failed ldm@${seat}`)).stdout).not.toBe('failed\n');
    } finally {
      await root.sh(`${bring}; systemctl stop ldm@${seat}; mount -o remount,size=50% /run`);
    }
  });

  it.runIf(isThorough).each([
    ['read-only', 'mount --bind /var /var; mount -o remount,ro,bind /var', 'umount --lazy /var'],
    [
      'full',
      `mount -t tmpfs -o size=64k,mode=777 tmpfs /var/lib/ldm; mount -t tmpfs -o size=64k tmpfs /var/tmp
        for folder in /var/lib/ldm /var/tmp; do dd if=/dev/zero of=$folder/full bs=1k 2>/dev/null || true; done`,
      'umount /var/lib/ldm /var/tmp',
    ],
  ])('a %s /var keeps neither the login screen nor ldminfod away', { timeout: 180_000 }, async (_what, take, bring) => {
    await root.sh(take);
    try {
      await root.sh('systemctl restart ldminfod ldm@tty7');
      await answers();
      await showsLogin('tty7');
    } finally {
      await root.sh(`systemctl stop ldm@tty7; ${bring}`);
    }
  });

  it('X is not started before logind finds a graphics device at the seat', { timeout: 180_000 }, async () => {
    // The name alone says that it needs one.
    const LDM_SEAT_XSERVER = '/opt/Xorg -screen 0 1024x768x24';
    const isRunning = async (): Promise<boolean> => (await root.run('pgrep -x Xorg')).code === 0;
    await root.sh('systemctl stop ldm@tty7; apt-get -q install --yes dbus; ln -s /usr/bin/Xvfb /opt/Xorg');
    await root.sh(
      `systemctl start dbus; systemctl start systemd-logind; ${seatOnXvfb({
        LDM_SERVER: '127.0.0.1',
        LDM_SEAT_XSERVER,
        LDM_SEAT_GRAPHICS_TIMEOUT: '100',
      })}`,
    );
    expect(await root.sh('loginctl show-seat seat0 --property=CanGraphical --value')).toBe('no\n');
    await root.sh('systemctl start ldm@tty7; sleep 4');
    expect(await isRunning()).toBe(false);
    // What udev notes of a graphics card; the device that is called one is /dev/null.
    await root.sh(`mkdir -p /run/udev/data /run/udev/tags/seat /run/udev/tags/master-of-seat
      printf '%s\\n' I:1 G:seat G:master-of-seat Q:seat Q:master-of-seat V:1 >/run/udev/data/c1:3
      : >/run/udev/tags/seat/c1:3; : >/run/udev/tags/master-of-seat/c1:3; systemctl restart systemd-logind`);
    await until('X', isRunning, 20_000);
    await showsLogin('tty7');
    await root.sh(`systemctl stop ldm@tty7; ${seatOnXvfb({ LDM_SERVER: '127.0.0.1' })}; systemctl start ldm@tty7`);
    await showsLogin('tty7');
  });

  it('what runs as root in a seat can do what docs/seats.md says, and its mounts stay inside', {
    timeout: 120_000,
  }, async () => {
    const program = `#!/bin/sh
      exec >/var/tmp/said 2>&1
      mount -t tmpfs none /mnt && echo mounts
      echo is $(su -s /bin/sh nobody -c "id -un")
      touch /var/tmp/file && chown nobody /var/tmp/file && echo gives away
      systemctl is-active dbus && systemctl start systemd-tmpfiles-clean && echo starts
      touch /usr/file 2>/dev/null || echo leaves /usr
      unshare --mount true 2>/dev/null || echo keeps its namespace
      echo end; exec sleep 60`;
    await root.sh(`cat >/opt/as-root <<'END'\n${program}\nEND\nchmod 755 /opt/as-root`);
    const settings = { LDM_SEAT_USER: 'root', LDM_SEAT_PROGRAM: '/opt/as-root' };
    await root.sh(`systemctl stop ldm@tty7; ${seatOnXvfb(settings)}; systemctl start ldm@tty7`);
    await until('its end', async () => (await root.run('cat /var/tmp/said')).stdout.endsWith('end\n'), 60_000);
    expect((await root.sh('cat /var/tmp/said')).split('\n').slice(0, -1)).toEqual([
      ...['mounts', 'is nobody', 'gives away', 'active', 'starts', 'leaves /usr', 'keeps its namespace', 'end'],
    ]);
    expect((await root.run('mountpoint --quiet /mnt')).code).not.toBe(0);
    await root.sh(`systemctl stop ldm@tty7; ${seatOnXvfb({ LDM_SERVER: '127.0.0.1' })}; systemctl start ldm@tty7`);
    await showsLogin('tty7');
  });

  it('two seats run side by side', { timeout: 180_000 }, async () => {
    await root.sh('systemctl start ldm@seat1');
    await showsLogin('seat1');
    await showsLogin('tty7');
    await root.sh('systemctl stop ldm@seat1');
  });

  it('what ldm tells is filed by its severity, one event an entry', async () => {
    const entries = await journal('-t ldm');
    expect(entries.some(({ PRIORITY, MESSAGE }) => PRIORITY === '4' && MESSAGE?.includes('X server has ended'))).toBe(
      true,
    );
    for (const { MESSAGE } of entries) expect(MESSAGE).not.toMatch(/^<\d>/);
  });

  it('is skipped, and not failed, where another display manager is the default', async () => {
    await root.sh('systemctl stop ldm@tty7; echo /usr/sbin/lightdm >/etc/X11/default-display-manager');
    expect(await root.sh('pgrep -f [l]dm.cjs || true')).toBe('');
    await root.sh('systemctl start ldm@tty7');
    expect(await root.sh('systemctl show --property ActiveState --value ldm@tty7')).toBe('inactive\n');
    expect((await journal('-t ldm')).some(({ MESSAGE }) => MESSAGE?.includes('names /usr/sbin/lightdm'))).toBe(true);
  });
});
