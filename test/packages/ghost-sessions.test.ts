import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkout, type Host, startHost } from '../cluster/support/host.js';
import { type Link, type Network, startNetwork } from '../cluster/support/network.js';
import { type Running, until } from '../cluster/support/run.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Built, buildPackages } from './support/build-packages.js';
import { baseRoot, type CleanRoot, startCleanRoot } from './support/clean-root.js';
import { missingForPackages, missingForSystemd } from './support/missing.js';

const config = '/etc/ssh/sshd_config';
const dropIn = '/etc/ssh/sshd_config.d/zz-ldm.conf';
const password = 'unplugged';
/** What sshd says of itself with our drop-in. */
const given = 'clientaliveinterval 30\nclientalivecountmax 6\n';

/** A place where an administrator sets a keepalive, and the shell text that does it and takes it back. */
interface OwnSetting {
  readonly place: string;
  readonly set: string;
  readonly unset: string;
  /** What sshd then says of itself. */
  readonly told: string;
}

const ownSettings: readonly [OwnSetting, ...OwnSetting[]] = [
  {
    place: 'the main file',
    set: `cp ${config} /root/sshd_config; echo 'ClientAliveInterval 600' >>${config}`,
    unset: `cp /root/sshd_config ${config}`,
    told: 'clientaliveinterval 600\nclientalivecountmax 3\n',
  },
  {
    place: 'the main file, being the default value itself',
    set: `cp ${config} /root/sshd_config; echo 'ClientAliveInterval 0' >>${config}`,
    unset: `cp /root/sshd_config ${config}`,
    told: 'clientaliveinterval 0\nclientalivecountmax 3\n',
  },
  {
    place: 'another drop-in',
    set: 'echo clientalivecountmax=9 >/etc/ssh/sshd_config.d/50-own.conf',
    unset: 'rm /etc/ssh/sshd_config.d/50-own.conf',
    told: 'clientaliveinterval 0\nclientalivecountmax 9\n',
  },
];

requireOrSkip(
  missingForPackages ?? missingForSystemd,
  "the sessions of clients that are gone, and sshd's keepalive",
  () => {
    let built: Built;
    let network: Network;
    let server: CleanRoot;
    let client: Host;
    let cable: Link;

    beforeAll(async () => {
      built = await buildPackages('first');
      network = await startNetwork();
      server = await startCleanRoot('server', await baseRoot(built), built, 'systemd');
      client = await startHost('client');
      await network.connect(server.host, 11);
      cable = await network.connect(client, 1);
      await server.sh(`apt-get -q install --yes openssh-server x11-utils xauth
      useradd --create-home --shell /bin/bash anna; echo anna:${password} | chpasswd`);
      client.start(['Xvfb', ':7', '-ac', '-nolisten', 'tcp', '-noreset'], { timeoutMs: 3_600_000 });
    });
    afterAll(async () => {
      await server?.stop();
      await client?.stop();
      await network?.stop();
    });

    const install = () =>
      server.sh(`apt-get -q install --yes /root/packages/${basename(built.packages.get('ldm-server') ?? '')}`);
    const keepalive = () => server.sh('sshd -T | grep ^clientalive | sort -r');
    const sessions = async (): Promise<string | undefined> =>
      /^sessions: (.*)$/m.exec((await server.run('ldminfod status')).stdout)?.[1];
    /** A session whose desktop is one X client and one process that has no window. */
    const logIn = async (): Promise<Running> => {
      const session = client.start(
        [
          ...[`${checkout}/bin/ldm`, 'login', '--user', 'anna', '--server', '10.77.0.11', '--password-file', '-', '--'],
          'sleep 3600 & xev >/dev/null; kill $!',
        ],
        {
          input: `${password}\n`,
          timeoutMs: 600_000,
          env: {
            DISPLAY: ':7',
            HOME: '/run/home',
            LDM_SERVER: '10.77.0.11',
            LDM_HOST_KEYS: 'accept-new',
            LDM_KNOWN_HOSTS: '/run/home/known_hosts',
          },
        },
      );
      await until('the session has its window', async () => (await processes()).includes('xev'), 30_000).catch(
        (error) => {
          throw new Error(`${error}\n${session.stderr()}`);
        },
      );
      return session;
    };
    /** Programs that run for the user. */
    const processes = async (): Promise<string[]> =>
      (await server.run('ps -u anna -o comm=')).stdout.split('\n').filter(Boolean).sort();

    it('a running session survives the installation, and sshd then gives up after 3 minutes', async () => {
      expect(await keepalive()).toBe('clientaliveinterval 0\nclientalivecountmax 3\n');
      const session = await logIn();
      const before = await processes();
      await install();
      expect(await keepalive()).toBe(given);
      expect(await processes()).toEqual(before);
      expect(await sessions()).toBe('1');
      session.signal('SIGTERM');
      await session.done;
      await until('the session has ended', async () => (await sessions()) === '0', 30_000);
    });

    it('the session of a client whose cable is pulled ends, and is no longer counted', {
      timeout: 120_000,
    }, async () => {
      // The same mechanism with smaller numbers.
      await server.sh(`sed -i 's/Interval 30/Interval 1/; s/CountMax 6/CountMax 3/' /usr/lib/ldm-server/zz-ldm.conf
      /usr/lib/ldm-server/sshd-keepalive --reload`);
      const session = await logIn();
      expect(await sessions()).toBe('1');
      await cable.cut();
      await until('the session has ended', async () => (await sessions()) === '0', 30_000);
      await until('nothing of the desktop is left', async () => (await processes()).length === 0, 10_000);
      session.signal('SIGKILL');
      await session.done;
      await cable.restore();
      await server.sh(`sed -i 's/Interval 1/Interval 30/; s/CountMax 3/CountMax 6/' /usr/lib/ldm-server/zz-ldm.conf
      /usr/lib/ldm-server/sshd-keepalive --reload`);
    });

    it.each(ownSettings)(
      "an administrator's own setting takes precedence from the next reload on: $place",
      async ({ set, unset, told }) => {
        await server.sh(`${set}; systemctl reload ssh`);
        const during = await keepalive();
        await server.sh(`${unset}; systemctl reload ssh`);
        expect(during).toBe(told);
        expect(await keepalive()).toBe(given);
      },
    );

    it('a setting that is made while sshd is off counts from its start on', async () => {
      const [{ set, unset, told }] = ownSettings;
      await server.sh(`systemctl stop ssh; ${set}; systemctl start ssh`);
      const during = await keepalive();
      await server.sh(`${unset}; systemctl restart ssh`);
      expect(during).toBe(told);
      expect(await keepalive()).toBe(given);
    });

    it('an own setting is seen in a container that may not mount anything', async () => {
      const [{ set, unset, told }] = ownSettings;
      const inContainer = 'setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin /usr/lib/ldm-server/sshd-keepalive';
      await server.sh(inContainer);
      const before = await keepalive();
      await server.sh(`${set}; ${inContainer}`);
      const during = await keepalive();
      await server.sh(`${unset}; ${inContainer}`);
      expect([before, during, await keepalive()]).toEqual([given, told, given]);
    });

    it('removing the package removes the drop-in from a running sshd, and leaves sessions alone', async () => {
      const session = await logIn();
      const before = await processes();
      await server.sh('apt-get -q purge --yes ldm-server');
      expect(await server.sh(`ls ${dropIn} 2>/dev/null || true`)).toBe('');
      expect(await keepalive()).toBe('clientaliveinterval 0\nclientalivecountmax 3\n');
      expect(await processes()).toEqual(before);
      session.signal('SIGTERM');
      await session.done;
    });

    it.each(ownSettings)(
      'installing the package leaves a setting alone that is there already: $place',
      async ({ set, unset, told }) => {
        await server.sh(set);
        await install();
        const during = { told: await keepalive(), dropIn: await server.sh(`ls ${dropIn} 2>/dev/null || true`) };
        await server.sh(`apt-get -q purge --yes ldm-server; ${unset}`);
        expect(during).toEqual({ told, dropIn: '' });
      },
    );

    it('a configuration that sshd refuses is neither reloaded nor changed, and the package installs', async () => {
      await server.sh(`cp ${config} /root/sshd_config; echo Nonsense >>${config}`);
      const pid = await server.sh('systemctl show --property MainPID ssh');
      await install();
      expect(await server.sh(`ls ${dropIn} 2>/dev/null || true`)).toBe('');
      expect(await server.sh('systemctl show --property MainPID ssh; systemctl is-active ssh')).toBe(`${pid}active\n`);
      await server.sh(`cp /root/sshd_config ${config}; systemctl reload ssh`);
      expect(await keepalive()).toBe(given);
    });
  },
);
