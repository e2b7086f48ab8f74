import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { ada } from '../support/cluster.js';
import { type Dns, startDns } from '../support/dns.js';
import { missingForCluster } from '../support/missing.js';
import { deadAddress } from '../support/network.js';
import { type RunOptions, until } from '../support/run.js';
import { useCluster } from '../support/use-cluster.js';
import { missingForClock, prepareWallClock, type WallClock } from '../support/wall-clock.js';
import { type FaultRow, inWords, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

const rows: FaultRow[] = [];
afterAll(() => writeFaultTable({ surroundings: rows }));

requireOrSkip(missingForCluster, 'What both ends stand on', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] }, expectNothingLeft);
  let dns: Dns;
  // As long as the cluster, whose cables end at it too.
  beforeAll(async () => {
    const { address, sshd } = cluster().server('s1');
    dns = await startDns(cluster().network, { 's1.school.test': address });
    const lines = sshd.hostKeys.map((key) => `s1.school.test,${address} ${key}\n`);
    await cluster().client.write('/run/known', lines.join(''));
    return () => dns.stop();
  });
  /** A login that runs `hostname` in the place of a desktop, and a row of the table. */
  const logIn = async (fault: string, env: RunOptions['env']) => {
    const outcome = await cluster().login(ada, ['hostname'], { env: { LDM_BALANCE: 'listed', ...env } });
    rows.push({ fault, outcome: inWords(outcome), ms: outcome.ms });
    return outcome;
  };

  describe('DNS', () => {
    const resolveWith = (address: string) => cluster().client.write('/etc/resolv.conf', `nameserver ${address}\n`);
    const known = { LDM_KNOWN_HOSTS: '/run/known' };

    it('that is dead keeps nobody from a server that is listed by its address', async () => {
      await resolveWith(deadAddress);
      const servers = `s1.school.test ${cluster().server('s1').address}`;
      const outcome = await logIn('DNS is dead, one of two servers is listed by its address', {
        ...known,
        LDM_SERVER: servers,
      });
      expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
      expect(outcome.ms).toBeLessThan(5_000);
    });

    it('that is dead is told in time where it has all the names', async () => {
      await resolveWith(deadAddress);
      const bounds = { LDM_PROBE_TIMEOUT: '1', LDM_CONNECT_TIMEOUT: '3' };
      const fault = 'DNS is dead and has all the names (LDM_CONNECT_TIMEOUT=3, LDM_PROBE_TIMEOUT=1)';
      const outcome = await logIn(fault, { ...known, ...bounds, LDM_SERVER: 's1.school.test' });
      expect(outcome.code).toBe(69);
      expect(outcome.stderr).toMatch(/^ {2}s1\.school\.test: its address cannot be looked up at the moment\.$/m);
      expect(outcome.ms).toBeLessThan(12_000);
    });

    it('that takes 2 s for an answer delays the login, and no more', async () => {
      await resolveWith(dns.address);
      await dns.link.slow(1_000);
      try {
        const outcome = await logIn('DNS takes 2 s for an answer', { ...known, LDM_SERVER: 's1.school.test' });
        expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
        expect(outcome.ms).toBeLessThan(12_000);
      } finally {
        await dns.link.restore();
      }
    });
  });

  it('a get_hosts that hangs is killed, `server` is tried in its place, and that is said', async () => {
    await cluster().client.write('/run/test-get-hosts', '#!/bin/sh\nsleep 1004\n', 0o755);
    const env = { LDM_SERVER: '', LDM_GET_HOSTS: '/run/test-get-hosts' };
    const outcome = await cluster().login(ada, ['hostname'], { env });
    const said = /^ldm: The server list is unavailable.*$/m.exec(outcome.stderr)?.[0];
    const fault = 'get_hosts hangs, and there is no server named `server`';
    rows.push({ fault, outcome: `code ${outcome.code}, "${said}"`, ms: outcome.ms });
    expect(outcome.code).toBe(69);
    expect(said).toBeDefined();
    expect(outcome.ms).toBeLessThan(12_000);
  });

  describe('a full disk', () => {
    const fill = (...folders: readonly string[]): string =>
      folders
        .map((folder) => `mount -t tmpfs -o size=8k,mode=1777 tmpfs ${folder}; yes >${folder}/all 2>/dev/null || true`)
        .join('\n');

    it('of the client, where failures are remembered, does not keep the user from logging in', async () => {
      await cluster().client.sh(`mkdir -p /run/full; ${fill('/run/full')}`);
      await cluster().server('s1').endsAfter('banner');
      const outcome = await logIn('the disk of the client is full', { LDM_STATE_DIR: '/run/full' });
      expect(outcome).toMatchObject({ code: 0, stdout: 's2\n' });
    });

    describe('of the server', () => {
      const home = '/run/home/40000';
      beforeAll(() => cluster().startX());
      afterEach(() =>
        cluster().server('s1').host.sh(`for at in /tmp ${home}; do umount $at 2>/dev/null || true; done`),
      );

      it('in /home and /tmp does not keep the user from logging in', async () => {
        await cluster().server('s1').host.sh(fill('/tmp', home));
        const outcome = await logIn('/home and /tmp of the server are full', { LDM_SERVER: 's1' });
        expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
      });

      it('does not keep windows from the screen: the session has a cookie of its own, and says why', async () => {
        const { host } = cluster().server('s1');
        const desktop = '#!/bin/sh\nxdpyinfo >/dev/null || exit\necho "windows by $XAUTHORITY"\n';
        await host.write('/etc/X11/Xsession', desktop, 0o755);
        await host.sh(fill('/tmp', home));
        const args = ['login', '--user', ada.name, '--password-file', '-', '--server', 's1'];
        const { code, stdout, stderr, ms } = await cluster().ldm(args, { input: `${ada.password}\n` });
        const fault = '/home and /tmp of the server are full, and the session opens a window';
        const opens = /^windows by \/(run|dev\/shm)\//.test(stdout);
        rows.push({ fault, outcome: opens ? 'it opens' : `the session ends with code ${code}`, ms });
        expect(stderr).toContain('~/.Xauthority cannot be written; is your home full?');
        expect({ code, opens }, stderr).toEqual({ code: 0, opens: true });
        expect(ms).toBeLessThan(10_000);
      });
    });
  });

  requireOrSkip(missingForClock, 'a wall clock', () => {
    let clock: WallClock;
    beforeAll(async () => {
      clock = await prepareWallClock(cluster().client);
    });
    afterEach(() => clock.set(0));
    const day = 86_400;
    const servers = { LDM_BALANCE: 'listed', LDM_CONNECT_TIMEOUT: '3', LDM_PROBE_TIMEOUT: '1' };

    it.each([
      { jump: 'forward', seconds: day },
      { jump: 'back', seconds: -day },
    ])(
      'that jumps $jump by a day in the middle of a login changes nothing about its time',
      async ({ jump, seconds }) => {
        await cluster().server('s1').dropPackets();
        const env = { ...clock.env, ...servers, LDM_SERVER: 's1' };
        const login = cluster().startLogin(ada, ['hostname'], { args: ['--no-x11'], env });
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        await clock.set(seconds);
        const outcome = await login.done;
        const fault = `the server is silent, and the client's clock jumps ${jump} by a day meanwhile`;
        rows.push({ fault, outcome: inWords(outcome), ms: outcome.ms });
        expect(outcome.code).toBe(69);
        expect(outcome.stderr).toContain('  s1: did not answer in time.');
        expect(outcome.ms).toBeGreaterThan(2_900);
        expect(outcome.ms).toBeLessThan(7_000);
        // The proof that `ldm` saw it.
        expect((await demotedAt()) - Date.now()).toBeGreaterThan(seconds * 1_000 - 10_000);
        expect((await demotedAt()) - Date.now()).toBeLessThan(seconds * 1_000 + 10_000);
      },
    );

    it.each([
      { time: 'a day fast', seconds: day },
      { time: 'at 1970', seconds: -Math.floor(Date.now() / 1_000) + day },
    ])(
      'that was $time when a server failed, and is right now, gives that server no bad name for long',
      async (given) => {
        const env = { ...clock.env, ...servers };
        await clock.set(given.seconds);
        await cluster().server('s1').endsAfter('banner');
        expect(await cluster().login(ada, ['hostname'], { env })).toMatchObject({ stdout: 's2\n' });
        await cluster().server('s1').heal();
        // As long as the clock stays as it is, the server is put last.
        expect(await cluster().login(ada, ['hostname'], { env })).toMatchObject({ stdout: 's2\n' });
        await clock.set(0);
        const outcome = await logIn(`the client's clock was ${given.time} when s1 failed, and is right now`, env);
        expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
      },
    );

    it('that jumps in the middle of a session does not end it', async () => {
      const env = { ...clock.env, LDM_SERVER: 's1' };
      const login = cluster().startLogin(ada, ['sleep 12; echo after'], { args: ['--no-x11'], env });
      const { host } = cluster().server('s1');
      await until('the session runs', async () => [...(await host.processes()).values()].includes('sleep 12'));
      for (const seconds of [day, -day]) {
        await clock.set(seconds);
        await new Promise((resolve) => setTimeout(resolve, 2_000));
      }
      const { code, stdout, ms } = await login.done;
      const outcome = code === 0 ? 'the session goes on to its own end' : `code ${code}`;
      rows.push({ fault: "the client's clock jumps a day forward and two back during the session", outcome, ms });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'after\n' });
      expect(ms).toBeLessThan(20_000);
    });

    /** When a server failed last, ms since 1970, as this client's memory of failures has it. */
    const demotedAt = async (): Promise<number> =>
      Number(/"at":(\d+)/.exec(await cluster().client.read('/run/ldm-state/demotions.json'))?.[1]);
  });
});
