import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Network, startNetwork } from '../cluster/support/network.js';
import { type Running, until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { buildPackages } from './support/build-packages.js';
import { baseRoot, blocksOf, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages } from './support/missing.js';

const page = fileURLToPath(new URL('../../docs/small-cluster.md', import.meta.url));
/** Last parts of the addresses that the page gives its machines. */
const numbers = { app1: 11, app2: 12, client: 1 };

/**
 * The page's own commands, word for word, in three clean roots on one switch. Two things are not as on a real machine:
 * the packages that Debian has are in apt's cache already, for the switch leads nowhere else; and systemd is not the
 * first process, so what its units would run is run here (a socket of 9571 that starts ldminfod, sshd, ldm-seat).
 */
requireOrSkip(missingForPackages, 'docs/small-cluster.md, followed word for word', () => {
  let network: Network;
  const machines = new Map<string, CleanRoot>();
  const running: Running[] = [];
  const said = new Map<string, string[]>();
  const on = (name: string): CleanRoot => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`the page speaks of ${name}, and there is none`);
    return machine;
  };

  /** What init does after a package with services was installed. */
  const startServices = async (name: string): Promise<void> => {
    await on(name).sh('mkdir -p /run/sshd');
    running.push(
      on(name).start('exec /usr/sbin/sshd -D -e'),
      on(name).start('exec systemd-socket-activate --listen 9571 setpriv --reuid 65534 --clear-groups ldminfod'),
    );
    await until(
      `${name} listens`,
      async () => (await on(name).host.listens(22)) && on(name).host.listens(9571),
      60_000,
    );
  };

  beforeAll(async () => {
    const built = await buildPackages('first');
    const base = await baseRoot(built);
    network = await startNetwork();
    for (const [name, number] of Object.entries(numbers)) {
      const root = await startCleanRoot(name, base, built);
      machines.set(name, root);
      await network.connect(root.host, number);
    }
  });
  afterAll(async () => {
    for (const one of running) one.signal('SIGTERM');
    await Promise.all([...machines.values()].map((root) => root.stop()));
    await network?.stop();
  });

  const blocks = blocksOf(page);
  it('the page has commands for every machine', () => {
    expect(new Set(blocks.flatMap((block) => block.machines))).toEqual(new Set(Object.keys(numbers)));
  });

  for (const block of blocks) {
    it(`${block.machines.join(' and ')}: ${block.script.trim().split('\n')[0]}`, async () => {
      for (const name of block.machines) {
        const out = await on(name).sh(`cd /root/packages\n${block.script}`);
        said.set(block.script, [...(said.get(block.script) ?? []), out]);
        if (block.script.includes('openssh-server')) await startServices(name);
      }
    });
  }

  const saidBy = (words: string): string[] => [...said].find(([script]) => script.includes(words))?.[1] ?? [];

  it('ldminfod status said that the server takes logins', () => {
    for (const out of saidBy('ldminfod status')) expect(out).toMatch(/^state: up$/m);
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

  it('the unit of the login screen is enabled, and what it runs shows the login window', {
    timeout: 180_000,
  }, async () => {
    const client = on('client');
    expect(await client.sh('systemctl is-enabled ldm@tty7 2>&1 || true')).toBe('enabled\n');
    await client.sh('apt-get -q install --yes xvfb x11-utils');
    running.push(
      client.start(`export LDM_SEAT_XSERVER='Xvfb -screen 0 1024x768x24' LDM_SEAT_XARGUMENTS=
        exec /usr/lib/ldm-greeter/ldm-seat tty7`),
    );
    const look = 'XAUTHORITY=$(ls /run/ldm-seat.*/Xauthority) DISPLAY=:0 xwininfo -root -tree';
    await until('a window named Login', async () => (await client.run(look)).stdout.includes('"Login"'), 120_000);
  });
});
