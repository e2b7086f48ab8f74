import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Network, startNetwork } from '../cluster/support/network.js';
import { until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { buildPackages } from './support/build-packages.js';
import { baseRoot, blocksOf, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages, missingForSystemd } from './support/missing.js';
import { isThorough } from './support/releases.js';
import { layerOver } from './support/roots.js';
import { seatOnXvfb, windowsOf } from './support/seat-on-xvfb.js';

const page = (name: string) => blocksOf(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)));
/** Last parts of the addresses that the pages give their machines. */
const numbers = { app1: 11, app2: 12, app3: 13, client: 1 };

/** What the pages install beside our packages and the ssh server. */
const debian = ['xfce4', 'xfce4-terminal', 'dbus-user-session', 'libpam-systemd', 'dnsmasq'];

/**
 * The page's own commands, word for word, and those of the page that follows it, in clean roots of Debian 13 on one
 * switch, each with systemd as its first process.
 * Two things are not as on a real machine: the packages that Debian has are in apt's cache already, for the switch leads
 * nowhere else; and the client has Xvfb in the place of Xorg, which is installed and named beforehand.
 */
const missing = missingForPackages ?? missingForSystemd;
requireOrSkip(missing, 'docs/small-cluster.md, followed word for word', () => {
  let network: Network;
  const machines = new Map<string, CleanRoot>();
  const said = new Map<string, string[]>();
  const on = (name: string): CleanRoot => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`the page speaks of ${name}, and there is none`);
    return machine;
  };

  beforeAll(async () => {
    const built = await buildPackages('first');
    const download = `apt-get -q install --yes --download-only ${debian.join(' ')}`;
    const base = await layerOver(await baseRoot(built), 'desktop', download);
    network = await startNetwork();
    for (const [name, number] of Object.entries(numbers)) {
      const root = await startCleanRoot(name, base, built, 'systemd');
      machines.set(name, root);
      await network.connect(root.host, number);
    }
    await on('client').sh(`apt-get -q install --yes xvfb x11-utils; ${seatOnXvfb()}`);
  });
  afterAll(async () => {
    await Promise.all([...machines.values()].map((root) => root.stop()));
    await network?.stop();
  });

  function follow(name: string, machinesOfPage: readonly string[]): void {
    const blocks = page(name);
    it(`${name} has commands for every machine`, () => {
      expect([...new Set(blocks.flatMap((block) => block.machines))].sort()).toEqual(machinesOfPage);
    });

    for (const block of blocks) {
      it(`${block.machines.join(' and ')}: ${block.script.trim().split('\n')[0]}`, async () => {
        const run = (machine: string) => on(machine).sh(`cd /root/packages\n${block.script}`);
        said.set(block.script, await Promise.all(block.machines.map(run)));
      });
    }
  }
  follow('small-cluster.md', ['app1', 'app2', 'client']);

  const saidBy = (words: string): string[] => [...said].find(([script]) => script.includes(words))?.[1] ?? [];

  it('ldminfod status said that the server takes logins', () => {
    for (const out of saidBy('ldminfod status')) expect(out).toMatch(/^state: up$/m);
  });

  it('sshd ends the sessions of clients that are gone, as the page shows', () => {
    for (const out of saidBy('sshd -T')) expect(out).toBe('clientaliveinterval 30\nclientalivecountmax 6\n');
    expect(saidBy('sshd -T')).toHaveLength(2);
  });

  it('the fingerprints that the client was told are those that the servers say of themselves', () => {
    const told =
      saidBy('ldm keys scan')
        .join('')
        .match(/SHA256:\S+/g) ?? [];
    const own =
      saidBy('ssh-keygen')
        .join('')
        .match(/SHA256:\S+/g) ?? [];
    expect(told.length).toBeGreaterThanOrEqual(6);
    expect([...told].sort()).toEqual([...own].sort());
  });

  it('ldm servers shows both servers, up and rated', () => {
    expect(saidBy('ldm servers').join('')).toMatch(/^app1 .* up +known\s*\n^app2 .* up +known\s*$/m);
  });

  it('the login landed on one of the two', () => {
    expect(saidBy('ldm login').join('')).toMatch(/^app[12]\n$/);
  });

  const withDesktop = it.runIf(isThorough);
  withDesktop(
    'a login brings the Xfce desktop to the client: its panel and its background',
    {
      timeout: 240_000,
    },
    async () => {
      const client = on('client');
      const session = client.start(`Xvfb :9 -screen 0 1024x768x24 -ac -nolisten tcp -noreset & sleep 2
      echo ten-minutes | DISPLAY=:9 ldm login --user anna --password-file -`);
      const windows = async (): Promise<string> => (await client.run('DISPLAY=:9 xwininfo -root -tree')).stdout;
      try {
        await until(
          'the desktop',
          async () => {
            const shown = await windows();
            return shown.includes('"xfce4-panel"') && shown.includes('"xfdesktop"');
          },
          200_000,
        ).catch(async (error) => {
          throw new Error(`${error}\n${session.stderr()}\n${await windows()}`);
        });
      } finally {
        // A signal would not reach what runs behind nsenter.
        await client.run(`pkill -f '[l]dm.cjs login'; pkill -f '[X]vfb :9'`);
        await session.done;
      }
    },
  );

  it('the login screen is up, and comes again after a start of the machine', { timeout: 180_000 }, async () => {
    const client = on('client');
    await until('a window named Login', async () => (await windowsOf(client, 'tty7')).includes('"Login"'), 120_000);
    expect(await client.sh('systemctl is-enabled ldm@tty7')).toBe('enabled\n');
  });

  it('every required service runs, on every machine', async () => {
    for (const name of ['app1', 'app2', 'client']) {
      expect(await on(name).sh('systemctl --failed --no-legend --no-pager'), name).toBe('');
    }
    for (const name of ['app1', 'app2']) {
      expect(await on(name).sh('systemctl is-active ssh.service ldminfod.socket ldminfod.service')).toBe(
        'active\nactive\nactive\n',
      );
    }
  });

  describe('docs/host-certificates.md, followed from there', () => {
    const servers = ['app1', 'app2', 'app3'] as const;
    /** The administrator's own ssh: root of app1 and of the client may enter the servers. */
    beforeAll(async () => {
      await on('client').sh('apt-get -q install --yes openssh-client');
      const owners = await Promise.all(
        (['app1', 'client'] as const).map((name) =>
          on(name).sh("ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cat /root/.ssh/id_ed25519.pub"),
        ),
      );
      for (const name of servers) {
        if (name === 'app3') await on(name).sh('apt-get -q install --yes openssh-server');
        await on(name).host.write(`${on(name).place}/root/.ssh/authorized_keys`, owners.join(''));
        const key = await on(name).sh('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub');
        for (const owner of ['app1', 'client']) {
          await on(owner).sh(`echo '10.77.0.${numbers[name]} ${key.trim()}' >>/root/.ssh/known_hosts`);
        }
      }
    });

    follow('host-certificates.md', ['app1', 'app3', 'client']);

    it('ldm keys scan showed the certificate, and ldm servers a trusted key', () => {
      expect(saidBy('ldm keys scan app1.school.example').join('')).toMatch(
        /^# app1\.school\.example ssh-ed25519-cert-v01@openssh\.com .* for app1\.school\.example from /m,
      );
      for (const name of ['app1', 'app2']) {
        expect(saidBy('ldm keys scan app1.school.example').join('')).toMatch(
          new RegExp(`^${name}\\.school\\.example .* up +known\\s*$`, 'm'),
        );
      }
    });

    it('the next login goes to the new server, by its certificate alone', async () => {
      for (const name of ['app1', 'app2']) await on(name).sh('ldminfod drain');
      const login = 'echo ten-minutes | ldm login --user anna --password-file - --no-x11 -- hostname';
      const { stdout, stderr } = await on('client').run(`LDM_LOGLEVEL=6 ${login}`);
      expect(stdout, stderr).toBe('app3\n');
      expect(stderr).toMatch(/^info host-certificate-accepted server=app3\.school\.example /m);
    });
  });
});
