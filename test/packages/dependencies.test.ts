import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Network, startNetwork } from '../cluster/support/network.js';
import { type Outcome, type Running, until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { calledPrograms } from './support/called-programs.js';
import { type CleanRoot, installRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages } from './support/missing.js';
import { releases } from './support/releases.js';

const password = 'ten-minutes';

/**
 * A client and a server with nothing but Debian's minimal base and our packages without what they recommend. The
 * client's display is the machine's Xvfb, outside its root, for the dependencies of Xvfb would hide missing ones.
 */
for (const release of releases) {
  requireOrSkip(missingForPackages, `the packages alone on a minimal ${release}`, () => {
    let built: Built;
    let network: Network;
    let client: CleanRoot;
    let server: CleanRoot;
    let display = '';
    const running: Running[] = [];

    const install = (root: CleanRoot, name: string, also = ''): Promise<string> =>
      root.sh(`apt-get -q install --yes --no-install-recommends ${also} \\
        /root/packages/${basename(built.packages.get(name) ?? '')}`);
    /** A program of the machine that looks at the client's display, or types there. */
    const atDisplay = (...command: string[]): Promise<Outcome> =>
      client.host.run(command, { env: { DISPLAY: display, HOME: '/root' } });
    const windows = async (): Promise<string> => (await atDisplay('xwininfo', '-root', '-tree')).stdout;

    beforeAll(async () => {
      built = await buildPackages('first', release);
      const base = await installRoot(built);
      network = await startNetwork();
      server = await startCleanRoot('app1', base, built);
      client = await startCleanRoot('client', base, built);
      await network.connect(server.host, 11);
      await network.connect(client.host, 1);
      const screen = ['-displayfd', '1', '-ac', '-nolisten', 'tcp', '-noreset', '-screen', '0', '1024x768x24'];
      const xvfb = client.host.start(['Xvfb', ...screen], { timeoutMs: 1_200_000 });
      running.push(xvfb);
      await until('a display', () => xvfb.stdout().endsWith('\n'), 30_000);
      display = `:${xvfb.stdout().trim()}`;
      await client.host.sh(`mkdir -p ${client.place}/tmp/.X11-unix
        mount --bind /tmp/.X11-unix ${client.place}/tmp/.X11-unix`);
    });
    afterAll(async () => {
      for (const one of running) one.signal('SIGTERM');
      await Promise.all([client?.stop(), server?.stop()]);
      await network?.stop();
    });

    it('ldm-server and sshd make a server: ratings, and X11 through ssh', async () => {
      await install(server, 'ldm-server');
      expect(await server.sh('ldminfod --help; ldm --help')).toContain('simulate');
      await server.sh(`apt-get -q install --yes --no-install-recommends openssh-server x11-utils
        useradd --create-home --shell /bin/bash anna; echo anna:${password} | chpasswd
        mkdir -p /run/sshd /etc/X11
        printf '#!/bin/sh\\nexec xev -name Desktop >/dev/null\\n' >/etc/X11/Xsession; chmod 755 /etc/X11/Xsession`);
      running.push(server.start('exec /usr/sbin/sshd -D -e'), server.start('exec ldminfod'));
      await until('ssh', () => server.host.listens(22), 30_000);
      await until('ldminfod', () => server.host.listens(9571), 30_000);
      expect(await server.sh('ldminfod status')).toMatch(/^state: up$/m);
      await server.sh('ldminfod drain; ldminfod undrain');
    });

    it('ldm-greeter learns the keys of the server and sees its rating', async () => {
      await install(client, 'ldm-greeter');
      await client.sh(`echo 10.77.0.11 app1 >>/etc/hosts
        printf '[default]\\nLDM_SERVER=app1\\nLDM_KEYBOARD_LAYOUTS="us de"\\n' >/etc/lts.conf
        ldm keys scan --dir /etc/ldm/known_hosts.d app1`);
      expect(await client.sh('ldm servers')).toMatch(/^app1 .* up +known\s*$/m);
    });

    it('ldm login takes X11 to the server and back', async () => {
      const said = await client.sh(`export DISPLAY=${display}
        echo ${password} | ldm login --user anna --password-file - -- xwininfo -root`);
      expect(said).toMatch(/Width: 1024/);
    });

    it('the greeter, started as its unit does, shows its window and logs in', { timeout: 240_000 }, async () => {
      // In the place of Xorg: it tells the number of the display that runs outside.
      await client.host.write(
        `${client.place}/root/outer-x`,
        `#!/bin/sh
        while [ "$1" != -displayfd ]; do shift; done
        eval "echo ${display.slice(1)} >&$2"
        exec sleep 1200
        `,
        0o755,
      );
      const unit = await client.sh('sed -n s/^ExecStart=//p /usr/lib/systemd/system/ldm@.service');
      const seat = client.start(`export LDM_SEAT_XSERVER=/root/outer-x; exec ${unit.trim().replace('%i', 'tty7')}`);
      running.push(seat);
      const appears = (name: string): Promise<void> =>
        until(`a window named ${name}`, async () => (await windows()).includes(`"${name}"`), 90_000).catch((error) => {
          throw new Error(`${error}\n${seat.stdout()}${seat.stderr()}`);
        });
      await appears('Login');
      const users = await client.host.sh(
        `for p in $(pgrep -f '[l]dm.cjs|[g]reeter.cjs'); do stat -c %u /proc/$p; done | sort -u`,
      );
      expect(users).toBe(await client.sh('id -u _ldm'));
      await atDisplay('xdotool', 'sleep', '1', 'type', '--delay', '30', 'anna');
      const gallery = process.env.LDM_TEST_PICTURES;
      if (gallery !== undefined) await atDisplay('import', '-window', 'root', `${gallery}/greeter-${release}.png`);
      // What is typed before the password is asked for is kept for it.
      await atDisplay('xdotool', 'key', 'Return', 'sleep', '1', 'type', '--delay', '30', password);
      await atDisplay('xdotool', 'key', 'Return');
      await appears('Desktop');
      // GTK, fontconfig and the loaders of pictures complain here about what they do not find.
      const complaint = /not found|No such file|ENOENT|cannot open|WARNING|CRITICAL|Fontconfig|Could not load/i;
      expect(
        seat
          .stderr()
          .split('\n')
          .filter((line) => complaint.test(line)),
      ).toEqual([]);
      seat.signal('SIGTERM');
      await seat.done;
    });

    it('every command of ldm runs', async () => {
      const commands = [...(await client.sh('ldm --help')).matchAll(/^ {2}([a-z]+)\b/gm)].flatMap(([, name]) =>
        name === undefined || name === 'help' ? [] : [name],
      );
      expect(commands).toEqual(expect.arrayContaining(['greeter', 'login', 'servers', 'keys', 'simulate', 'demo']));
      for (const command of commands) expect(await client.sh(`ldm ${command} --help`)).toContain('Usage:');
      expect(await client.sh('ldm simulate')).not.toBe('');
      expect((await client.run('ldm demo')).stderr).toContain('Xvfb');
    });

    it('every program that the greeter or its seat starts is there', async () => {
      const ours = ['greeter', 'ui', 'commands', 'session', 'servers', 'settings'].map((name) => `src/${name}`);
      const called = (await calledPrograms('data/seat', ...ours)).filter((name) => !optional.has(name));
      expect(called).toEqual(expect.arrayContaining(['setpriv', 'setxkbmap', 'systemctl', 'xauth']));
      expect(await absent(client, called)).toBe('');
    });

    it('every program that ldminfod or a login on the server starts is there', async () => {
      const called = await calledPrograms('src/ldminfod', 'src/session', 'data/sshd', 'data/ldminfod');
      expect(called).toEqual(expect.arrayContaining(['locale', 'xauth']));
      // systemctl is called only where systemd runs, and sshd of Debian 12 goes without.
      const needed = called.filter((name) => name !== 'systemctl' && !optional.has(name));
      expect(await absent(server, needed)).toBe('');
    });
  });
}

/** Suggested on the server. Without it, a user who puts in a stick is told. */
const optional: ReadonlySet<string> = new Set(['sshfs']);

/** Names of programs that a root does not have. */
function absent(root: CleanRoot, programs: readonly string[]): Promise<string> {
  return root.sh(`for name in ${programs.join(' ')}; do command -v "$name" >/dev/null || echo "$name"; done`);
}
