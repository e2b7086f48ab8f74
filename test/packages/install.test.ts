import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { baseRoot, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages } from './support/missing.js';
import { otherNode } from './support/node-package.js';
import { releases } from './support/releases.js';

const { version } = manifest;

/** Every file of a root but what dpkg, apt and logs note for themselves, and caches. */
const allFiles = `find / -xdev \\( -path /proc -o -path /dev -o -path /run -o -path /tmp -o -path /var/cache \\
  -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log -o -path /root \\) -prune -o -print | sort`;

for (const release of releases) {
  requireOrSkip(missingForPackages, `installing, upgrading and removing the packages on ${release}`, () => {
    let built: Built;
    let root: CleanRoot;
    beforeAll(async () => {
      built = await buildPackages('first', release);
      root = await startCleanRoot('clean', await baseRoot(built), built);
    });
    afterAll(() => root?.stop());

    const file = (name: string): string => `/root/packages/${basename(built.packages.get(name) ?? '')}`;
    const install = (name: string) => root.sh(`apt-get -q install --yes ${file(name)}`);
    /** The same package with a higher version, put where the root sees it. */
    const newer = (name: string): Promise<string> =>
      root.sh(`rm -rf /tmp/newer; dpkg-deb -R ${file(name)} /tmp/newer
      sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control
      dpkg-deb -b /tmp/newer /tmp/${name}-newer.deb >/dev/null; echo /tmp/${name}-newer.deb`);

    it('ldm-server installs, and port 9571 answers', async () => {
      await install('ldm-server');
      expect(await root.sh('ldminfod --version')).toBe(`ldminfod ${version}\n`);
      // What ldminfod.socket and ldminfod.service do, for systemd is not the first process here.
      const listening = root.start(
        'exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all ldminfod',
      );
      await until('port 9571 is open', () => root.host.listens(9571), 30_000);
      const { stdout: answer } = await root.host.run(['bash', '-c', 'cat </dev/tcp/127.0.0.1/9571']);
      expect(answer).toMatch(/^rating:\d+$/m);
      expect(answer).toMatch(/^state:up$/m);
      listening.signal('SIGTERM');
      await listening.done;
    });

    it('ldm-server enables its socket and not its service', async () => {
      expect(await root.sh('systemctl is-enabled ldminfod.socket 2>&1 || true')).toBe('enabled\n');
      expect(await root.sh('systemctl is-enabled ldminfod.service 2>&1 || true')).toBe('disabled\n');
    });

    it('ldm of ldm-server has the key tools, and says which package has the greeter', async () => {
      expect(await root.sh('ldm keys --help')).toContain('scan');
      const { code, stderr } = await root.run('DISPLAY=127.0.0.1:7 ldm');
      expect({ code, stderr }).toEqual({
        code: 70,
        stderr: expect.stringContaining('install the package ldm-greeter'),
      });
    });

    it('ldm-greeter installs beside it and takes the command over; nothing is started', async () => {
      await install('ldm-greeter');
      expect(await root.sh('readlink -f /usr/bin/ldm')).toBe('/usr/lib/ldm-greeter/bin/ldm\n');
      expect(await root.sh('ldm --version')).toBe(`ldm ${version}\n`);
      expect(await root.sh('systemctl is-enabled ldm@tty7 2>&1 || true')).toBe('disabled\n');
      expect(await root.sh('getent passwd _ldm')).toMatch(/:\/var\/lib\/ldm:\/usr\/sbin\/nologin\n$/);
    });

    it('another Node than the one it was built for is named, with what to do', async () => {
      // Its own name is in the addon's: node-v115-linux-x64.
      const addons = '/usr/lib/ldm-greeter/node_modules/node-gtk/lib/binding';
      const [, own = ''] = /node-v(\d+)-/.exec(await root.sh(`ls ${addons}`)) ?? [];
      const major = own === '127' ? '24' : '22';
      const node = await otherNode(major);
      await root.host.sh(`mkdir -p ${root.place}/tmp/other; : >${root.place}/tmp/other/node
      mount --bind ${node} ${root.place}/tmp/other/node`);
      const start = `PATH=/tmp/other:$PATH DISPLAY=127.0.0.1:7 LDM_SERVER=app1 ldm`;
      const { code, stderr } = await root.run(start);
      expect({ code, stderr }).toEqual({
        code: 70,
        stderr: expect.stringMatching(
          new RegExp(
            `^ldm: the greeter was built for Node \\d+, and /tmp/other/node is Node ${major}\\.[^\\n]*; install .*\\n$`,
          ),
        ),
      });
      await root.host.sh(`umount ${root.place}/tmp/other/node`);
    });

    it('a Node that is too old is named, by ldm and by ldminfod', async () => {
      const node = await otherNode('18');
      await root.host.sh(`: >${root.place}/tmp/other/node; mount --bind ${node} ${root.place}/tmp/other/node`);
      for (const program of ['ldm', 'ldminfod']) {
        const { code, stderr } = await root.run(`PATH=/tmp/other:$PATH ${program} --version`);
        expect({ code, stderr }).toEqual({
          code: 70,
          stderr: expect.stringMatching(
            new RegExp(`^${program}: Node 18\\.\\S+ is too old; install Node 20\\.19 or newer .*\\n$`),
          ),
        });
      }
      await root.host.sh(`umount ${root.place}/tmp/other/node`);
    });

    it('has manual pages and completion for both programs', async () => {
      await root.sh('apt-get -q install --yes man-db bash-completion');
      for (const page of ['1 ldm', '8 ldminfod', '5 lts.conf', '7 ldm-get_hosts']) {
        expect(await root.sh(`man -w ${page}`), page).toMatch(/^\//);
      }
      const complete = `bash -c '. /usr/share/bash-completion/completions/ldm
      COMP_WORDS=(ldm keys sc) COMP_CWORD=2; _ldm; echo "\${COMPREPLY[*]}"'`;
      expect(await root.sh(complete)).toBe('scan\n');
    });

    it('an upgrade keeps what the administrator has changed', async () => {
      await root.sh(`echo 'capacity = 7' >>/etc/ldm/ldminfod.conf; echo '# mine' >>/etc/ldm/seat.conf`);
      for (const name of ['ldm-server', 'ldm-greeter']) {
        await root.sh(`apt-get -q install --yes ${await newer(name)}`);
        expect(await root.sh(`dpkg-query -W -f '\${Version}' ${name}`)).toMatch(/\+newer$/);
      }
      expect(await root.sh('tail -n 1 /etc/ldm/ldminfod.conf')).toBe('capacity = 7\n');
      expect(await root.sh('tail -n 1 /etc/ldm/seat.conf')).toBe('# mine\n');
      expect(await root.sh('ldm --version')).toMatch(/^ldm /);
    });

    it('removing the greeter gives the command back to ldm-server; settings stay until purge', async () => {
      await root.sh('apt-get -q remove --yes ldm-greeter');
      expect(await root.sh('readlink -f /usr/bin/ldm')).toBe('/usr/lib/ldm-server/bin/ldm\n');
      await root.sh('apt-get -q remove --yes ldm-server');
      expect(await root.sh('ls /usr/bin/ldm /usr/lib/ldm-* 2>/dev/null || true')).toBe('');
      expect(await root.sh('ls /etc/ldm')).toMatch(/ldminfod\.conf/);
      await root.sh('apt-get -q purge --yes ldm-greeter ldm-server');
      expect(await root.sh('ls -d /etc/ldm /var/lib/ldm 2>/dev/null || true')).toBe('');
      expect(await root.sh('getent passwd _ldm || true')).toBe('');
    });

    it('after a purge no file is left that was not there before', async () => {
      const before = await root.sh(allFiles);
      await install('ldm-server');
      await install('ldm-greeter');
      await root.sh('apt-get -q purge --yes ldm-server ldm-greeter');
      expect((await root.sh(allFiles)).split('\n').filter((path) => !before.split('\n').includes(path))).toEqual([]);
    });

    it('keys that an administrator gathered outlive a purge', async () => {
      await install('ldm-server');
      await root.sh('echo "app1 ssh-ed25519 AAAA" >/etc/ldm/known_hosts.d/app1; apt-get -q purge --yes ldm-server');
      expect(await root.sh('ls /etc/ldm/known_hosts.d')).toBe('app1\n');
    });
  });
}
