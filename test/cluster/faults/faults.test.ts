import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { type AppServer, infoPort, rated } from '../support/app-server.js';
import { ada } from '../support/cluster.js';
import { missingForCluster } from '../support/missing.js';
import { until } from '../support/run.js';
import { useCluster } from '../support/use-cluster.js';
import { type FaultRow, inWords, lastLine, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

interface Fault {
  readonly name: string;
  readonly happens: (server: AppServer) => Promise<void>;
  /** What is said of the server when there is no other; undefined: it works anyway. */
  readonly said: RegExp | undefined;
  /** LDM_CONNECT_TIMEOUT for the only server, in seconds; 3 where it is not said. */
  readonly patience?: string;
}

const late = /did not answer in time/;
const closed = /closed the connection/;
const faults: readonly Fault[] = [
  {
    name: 'the machine refuses all connections',
    async happens(server) {
      await server.killSshd();
      await server.inform('refused');
    },
    said: /refuses connections/,
  },
  {
    name: 'its info service is up, its sshd down',
    happens: (server) => server.killSshd(),
    said: /refuses connections/,
  },
  { name: 'its sshd is up, its info service down', happens: (server) => server.inform('refused'), said: undefined },
  {
    name: 'its info service accepts and is silent',
    happens: (server) => server.inform({ does: 'fall-silent', text: '' }),
    said: undefined,
  },
  {
    name: 'a packet filter drops what is sent to its info service',
    happens: (server) => server.filter([infoPort]),
    said: undefined,
  },
  { name: 'it drops every packet', happens: (server) => server.dropPackets(), said: late },
  { name: 'its cable is pulled', happens: (server) => server.cut(), said: /did not answer in time|cannot be reached/ },
  ...(['accept', 'banner', 'key exchange offer', 'host key'] as const).flatMap((stage): Fault[] => [
    { name: `it falls silent after: ${stage}`, happens: (server) => server.silentAfter(stage), said: late },
    { name: `it closes after: ${stage}`, happens: (server) => server.endsAfter(stage), said: closed },
  ]),
  { name: 'it has another host key', happens: (server) => server.wrongHostKey(), said: /its identity has changed/ },
  {
    name: 'it is slow by 2 s: its packets take a second each way',
    happens: (server) => server.slow(1_000),
    said: undefined,
    // The default; 3 s are too short for so many ways there and back.
    patience: '10',
  },
  {
    name: 'it loses 30 % of what arrives',
    happens: (server) => server.losePackets(30),
    said: undefined,
    // A first packet is sent again after 1, 3, 7 and 15 s; all five are lost once in 400 logins.
    patience: '30',
  },
];

const first: FaultRow[] = [];
const alone: FaultRow[] = [];
const later: FaultRow[] = [];
afterAll(() => writeFaultTable({ first, alone, later }));

requireOrSkip(missingForCluster, 'A fault', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] }, expectNothingLeft);

  describe('of the first server of two', () => {
    it.each(faults)('does not keep the user from logging in: $name', async ({ name, happens }) => {
      await happens(cluster().server('s1'));
      const { code, stdout, ms } = await cluster().login(ada, ['hostname'], { env: { LDM_BALANCE: 'listed' } });
      first.push({ fault: name, outcome: `logged in on ${stdout.trim()}`, ms });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^s[12]\n$/);
      expect(ms).toBeLessThan(10_000);
    });
  });

  describe('of the only server', () => {
    it.each(faults)(
      'is told in time and in words, where it keeps the user out: $name',
      async ({ name, happens, said, patience = '3' }) => {
        await happens(cluster().server('s1'));
        const outcome = await cluster().login(ada, ['hostname'], {
          env: { LDM_SERVER: 's1', LDM_CONNECT_TIMEOUT: patience, LDM_PROBE_TIMEOUT: '1' },
        });
        alone.push({ fault: name, outcome: inWords(outcome), ms: outcome.ms });
        if (said === undefined) {
          expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
          return;
        }
        expect([69, 76]).toContain(outcome.code);
        expect(outcome.stderr).toMatch(new RegExp(`^ +s1: .*(${said.source})`, 'm'));
        expect(outcome.ms).toBeLessThan(12_000);
      },
    );
  });
});

requireOrSkip(missingForCluster, 'A server whose sshd is killed while the password is looked at', () => {
  // As a PAM stack that asks a slow LDAP server; the other server's is quick.
  const slow = { pam: ['auth optional pam_exec.so quiet /run/test-slow'] };
  const cluster = useCluster({ servers: [{ name: 's1', ...slow }, { name: 's2' }] }, expectNothingLeft);
  beforeAll(() => cluster().server('s1').host.write('/run/test-slow', '#!/bin/sh\nsleep 30\n', 0o755));

  it.each([
    { servers: 's1 s2', row: 'sshd of the first of two servers is killed' },
    { servers: 's1', row: 'sshd of the only server is killed' },
  ])('is told to have failed, and no other is given the password: $servers', async ({ servers, row }) => {
    const env = { LDM_BALANCE: 'listed', LDM_SERVER: servers };
    const login = cluster().startLogin(ada, ['hostname'], { args: ['--no-x11'], env });
    const { host } = cluster().server('s1');
    await until('PAM is at work', async () => [...(await host.processes()).values()].includes('sleep 30'));
    const began = performance.now();
    await cluster().server('s1').killSshd();
    const done = await login.done;
    const ms = performance.now() - began;
    // What PAM started outlives sshd.
    await host.sh('pkill -x sleep');
    later.push({ fault: `${row} during sign-in`, outcome: inWords(done), ms });
    expect(done).toMatchObject({ code: 69, stdout: '' });
    expect((await cluster().server('s2').accountLog()).credentials).toEqual([]);
    expect(done.stderr).toContain('s1: closed the connection.');
    expect(ms).toBeLessThan(10_000);
  });
});

requireOrSkip(missingForCluster, 'A session', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] }, expectNothingLeft);
  const running = async (): Promise<string[]> => [...(await cluster().server('s1').host.processes()).values()];
  /** Starts a session that sleeps for so many seconds; each its own number, so that none is taken for another. */
  const session = async (seconds: number) => {
    const login = cluster().startLogin(ada, [`sleep ${seconds}; echo after`]);
    await until('the session runs', async () => (await running()).includes(`sleep ${seconds}`));
    return { login, began: performance.now() };
  };

  it('whose sshd is killed is told to be lost at once', async () => {
    const { login, began } = await session(1002);
    await cluster().server('s1').killSshd();
    const { code, stderr } = await login.done;
    const ms = performance.now() - began;
    later.push({ fault: 'sshd is killed during the session', outcome: lastLine(stderr), ms });
    expect(code).toBe(74);
    expect(ms).toBeLessThan(2_000);
  });

  it('ends on the server when ldm is killed on the client', async () => {
    const { login, began } = await session(1003);
    login.signal('SIGKILL');
    await login.done;
    await until('sshd has noticed', async () => (await cluster().server('s1').sshd.connections()).length === 0, 5_000);
    later.push({ fault: 'ldm is killed', outcome: 'the server ends the connection', ms: performance.now() - began });
  });

  it('whose X server dies ends its windows, and tells how its command ended', async () => {
    await cluster().startX();
    const login = cluster().startLogin(ada, ['xclock'], { args: ['--server', 's1'] });
    await until('the clock runs', async () => (await running()).includes('xclock'));
    // The screen is drawn a moment after the process is there.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const began = performance.now();
    const xvfb = [...(await cluster().client.processes())].find(([, command]) => command.startsWith('Xvfb'));
    await cluster().client.sh(`kill -KILL ${xvfb?.[0]}; rm -f /tmp/.X11-unix/X7 /tmp/.X7-lock`);
    const { code } = await login.done;
    const ms = performance.now() - began;
    later.push({ fault: 'the X server dies during the session', outcome: `the session ends with code ${code}`, ms });
    expect(code).toBe(1);
    expect(ms).toBeLessThan(3_000);
  });
});

requireOrSkip(missingForCluster, 'A server with as many sign-ins under way as it takes', () => {
  const cluster = useCluster({
    servers: [{ name: 's1', config: ['MaxStartups 1:100:1'], info: rated(100) }, { name: 's2' }],
  });

  it('closes the connection, and the login goes to the next', async () => {
    const dial = 'use IO::Socket::INET; $s = IO::Socket::INET->new("s1:22") or die; print "on\\n"; sleep 100';
    const dawdler = cluster().client.start(['perl', '-e', `$| = 1; ${dial}`]);
    await until('somebody else is connected', () => dawdler.stdout().includes('on'));
    const { code, stdout, ms } = await cluster().login(ada, ['hostname'], { env: { LDM_BALANCE: 'listed' } });
    const alone = await cluster().login(ada, ['hostname'], { env: { LDM_SERVER: 's1' } });
    dawdler.signal('SIGKILL');
    // Before version 10, sshd names this reason alone.
    expect(alone.stderr).toMatch(/\n {2}s1: takes no (more )?logins .*because too many are under way/);
    later.push({
      fault: 'sshd of the only server drops connections by MaxStartups',
      outcome: inWords(alone),
      ms: alone.ms,
    });
    later.push({ fault: 'sshd drops connections by MaxStartups', outcome: `logged in on ${stdout.trim()}`, ms });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's2\n' });
    expect(ms).toBeLessThan(10_000);
  });
});
