import { beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type AppServer, rated, type Stage } from './support/app-server.js';
import { ada, type Cluster } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { until } from './support/run.js';
import { ldmOnTerminal } from './support/terminal.js';
import { useCluster } from './support/use-cluster.js';

/** So long the sign-in takes on a server that asks PAM to wait: time to kill its sshd meanwhile. */
const slowSignIn = 'auth optional pam_exec.so quiet /bin/sleep 3';
const listed = { LDM_BALANCE: 'listed' };
/** As impatient as the settings let: for faults that cost a timeout whatever is done. */
const impatient = { ...listed, LDM_CONNECT_TIMEOUT: '1', LDM_PROBE_TIMEOUT: '0.5' };

requireOrSkip(missingForCluster, 'A login when servers fail', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }, { name: 's3' }, { name: 's4' }] });
  const where = (env: Readonly<Record<string, string>> = {}) => cluster().login(ada, ['hostname'], { env });

  it('goes to a living server 20 times of 20 when 2 of 4 drop packets, half a second later at most', async () => {
    const healthy: TimedLogin[] = [];
    const halfDead: TimedLogin[] = [];
    // In turn, for other work of the machine comes and goes.
    for (let round = 0; round < 4; round += 1) {
      healthy.push(...(await timedLogins(cluster(), 5)));
      for (const name of ['s2', 's4']) await cluster().server(name).dropPackets();
      halfDead.push(...(await timedLogins(cluster(), 5)));
      await cluster().reset();
    }

    expect(outcomesOf(healthy)).toEqual(Array(20).fill('0 s?'));
    expect(outcomesOf(halfDead)).toEqual(Array(20).fill('0 s?'));
    expect(serversOf(halfDead).filter((name) => name !== 's1' && name !== 's3')).toEqual([]);
    console.info(
      `median login: ${Math.round(medianOf(healthy))} ms with 4 living servers, ` +
        `${Math.round(medianOf(halfDead))} ms with 2 of 4 dropping packets`,
    );
    expect(medianOf(halfDead) - medianOf(healthy)).toBeLessThan(500);
  });

  it('spreads over all living servers in automatic mode', async () => {
    const servers = serversOf(await timedLogins(cluster(), 32));
    // Each of 4 is missed by 32 fair draws with a chance of 1 in 10,000.
    expect([...new Set(servers)].sort()).toEqual(['s1', 's2', 's3', 's4']);
  });

  it('ends with 69 and names each server and why, when none is alive', async () => {
    await cluster().server('s1').dropPackets();
    await cluster().server('s2').cut();
    await cluster().server('s3').refuse();
    await cluster().server('s4').silentAfter('accept');
    const { code, stdout, stderr } = await where(impatient);
    expect(code).toBe(69);
    expect(stdout).toBe('');
    const said = finalWords(stderr);
    expect(said).toMatch(/^ +s1: did not answer in time\.$/m);
    expect(said).toMatch(/^ +s2: (cannot be reached|did not answer in time)\.$/m);
    expect(said).toMatch(/^ +s3: refuses connections\.$/m);
    expect(said).toMatch(/^ +s4: did not answer in time\.$/m);
  });

  it('takes every living server before one that drains, and that one before none', async () => {
    const { s1, rest } = firstAndRest(cluster());
    await s1.inform({ does: 'say', text: 'rating:100\nstate:draining\n' });
    const servers = serversOf(await timedLogins(cluster(), 8));
    expect(servers).not.toContain('s1');
    for (const server of rest) await server.refuse();
    for (const server of rest) await server.inform('refused');
    expect(await where()).toMatchObject({ code: 0, stdout: 's1\n' });
  });

  it('takes a server that rates itself 0 as a last resort only', async () => {
    await cluster().server('s1').inform(rated(0));
    const servers = serversOf(await timedLogins(cluster(), 8));
    expect(servers).not.toContain('s1');
  });

  it('takes a server without an info service', async () => {
    for (const server of cluster().servers) await server.inform('refused');
    expect(outcomesOf(await timedLogins(cluster(), 4))).toEqual(Array(4).fill('0 s?'));
  });

  it('takes a server whose info service is silent, when it is the only one', async () => {
    const { s1, rest } = firstAndRest(cluster());
    for (const server of rest) await server.cut();
    await s1.inform({ does: 'fall-silent', text: '' });
    expect(await where({ ...impatient, LDM_CONNECT_TIMEOUT: '5' })).toMatchObject({ code: 0, stdout: 's1\n' });
  });

  it.each<[string, (server: AppServer) => Promise<void>]>([
    ['a million lines', (server) => server.inform({ does: 'flood', text: 'language:en_US.UTF-8\n' })],
    ['one endless line', (server) => server.inform({ does: 'flood', text: 'rating:1' })],
    ['bytes that are no text', (server) => server.inform({ does: 'bytes', base64: '/wD+gICA/w0KAA==' })],
    ['a rating of NaN', (server) => server.inform({ does: 'say', text: 'rating:NaN\n' })],
    ['one byte at a time', (server) => server.inform({ does: 'drip', text: 'rating:99\n', everyMs: 400 })],
    ['a reset', (server) => server.inform({ does: 'reset' })],
  ])('is not held up by an info service that says %s', async (_what, fault) => {
    await fault(cluster().server('s2'));
    const { code, ms } = await where();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_500);
  });

  describe('at the first server of the list', () => {
    const stages: readonly Stage[] = ['accept', 'banner', 'key exchange offer', 'host key'];
    // An answer that comes late on a busy machine may put another of them first; of two it is one that lives.
    const firstOfTwo = { ...listed, LDM_SERVER: 's1 s2' };

    it.each(stages)('goes on when its connection ends after: %s', async (stage) => {
      await cluster().server('s1').endsAfter(stage);
      const { code, stdout, ms } = await where(firstOfTwo);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's2\n' });
      expect(ms).toBeLessThan(5_000);
    });

    it.each(stages)('goes on within a second when it falls silent after: %s', async (stage) => {
      await cluster().server('s1').silentAfter(stage);
      const { code, stdout, ms } = await where(firstOfTwo);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's2\n' });
      expect(ms).toBeLessThan(5_000);
    });

    it('goes on when its sshd is down and its info service is up', async () => {
      await cluster().server('s1').killSshd();
      expect(await where(firstOfTwo)).toMatchObject({ code: 0, stdout: 's2\n' });
    });

    it('believes an info service that says its sshd is down, and does not ask there first', async () => {
      await cluster().server('s1').inform({ does: 'say', text: 'rating:100\nssh:down\n' });
      expect(await where(firstOfTwo)).toMatchObject({ code: 0, stdout: 's2\n' });
      expect((await cluster().server('s1').accountLog()).connections).toBe(0);
    });
  });

  describe('by hand', () => {
    it.each<[string, (server: AppServer) => Promise<void>]>([
      ['drops packets', (server) => server.dropPackets()],
      ['refuses', (server) => server.refuse()],
      ['has another key', (server) => server.wrongHostKey()],
      ['ends the connection', (server) => server.endsAfter('host key')],
    ])('never moves to another server when the chosen one %s', async (_what, fault) => {
      await fault(cluster().server('s3'));
      const { code, stdout, stderr } = await cluster().login(ada, ['hostname'], {
        args: ['--no-x11', '--server', 's3'],
        env: impatient,
      });
      expect([69, 76]).toContain(code);
      expect(stdout).toBe('');
      expect(stderr).toContain('s3');
      for (const other of ['s1', 's2', 's4']) {
        expect((await cluster().server(other).accountLog()).connections).toBe(0);
      }
    });

    it('takes a draining server, for that is what the user wants', async () => {
      await cluster().server('s3').inform({ does: 'say', text: 'rating:10\nstate:draining\n' });
      const outcome = await cluster().login(ada, ['hostname'], { args: ['--no-x11', '--server', 's3'] });
      expect(outcome).toMatchObject({ code: 0, stdout: 's3\n' });
    });
  });
});

requireOrSkip(missingForCluster, 'A login whose server dies while it signs in', () => {
  const cluster = useCluster({ servers: [{ name: 's1', pam: [slowSignIn] }, { name: 's2' }] });
  let s1: AppServer;
  beforeEach(() => {
    s1 = cluster().server('s1');
  });
  const signingIn = async () => {
    const login = cluster().startLogin(ada, ['hostname'], { env: listed });
    await until('the password is with s1', async () => (await s1.accountLog()).credentials.length > 0);
    return login;
  };

  const passwordsOnS2 = async () => (await cluster().server('s2').accountLog()).credentials;

  it('gives the password to no other server by itself when its sshd is killed, and says so', async () => {
    const login = await signingIn();
    await s1.killSshd();
    const { code, stdout, stderr } = await login.done;
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(finalWords(stderr)).toBe(
      'ldm: You were not logged in. No other server was given your password.\n  s1: closed the connection.\n',
    );
    // Nobody reads of it twice.
    expect(stderr.match(/s1: closed the connection/g)?.length).toBe(1);
    expect((await cluster().server('s2').accountLog()).requests).toEqual([]);
    // It is the server that has failed, so the next login goes elsewhere.
    await s1.heal();
    expect(await cluster().login(ada, ['hostname'], { env: listed })).toMatchObject({ code: 0, stdout: 's2\n' });
  });

  it.each([
    ['yes', { code: 0, passwords: 1 }],
    ['no', { code: 69, passwords: 0 }],
  ])('asks on a terminal whether another server may have it: %s', async (answer, { code, passwords }) => {
    const args = ['login', '--user', ada.name, '--no-x11', '--', 'hostname'];
    const terminal = ldmOnTerminal(cluster().client, args, { ...cluster().environment, ...listed });
    await terminal.reads(/Password of ada: /);
    terminal.types(ada.password);
    await until('the password is with s1', async () => (await s1.accountLog()).credentials.length > 0);
    await s1.killSshd();
    const asked = await terminal.reads(/Send them to another server as well\? \(yes or no\)/);
    expect(asked).toContain('s1: closed the connection.');
    expect(await passwordsOnS2()).toEqual([]);
    terminal.types(answer);
    const { code: ended, shown } = await terminal.ended;
    expect(ended).toBe(code);
    expect(shown.endsWith('s2\n')).toBe(answer === 'yes');
    // Nothing was asked for a second time.
    expect(shown.match(/Password of/g)?.length).toBe(1);
    expect((await passwordsOnS2()).length).toBe(passwords);
  });

  it('continues without a message when the connection is cut before the password is sent', async () => {
    await s1.endsAfter('host key');
    const { code, stdout } = await cluster().login(ada, ['hostname'], { env: listed });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's2\n' });
  });

  it('can be given up by a signal, and leaves nothing', async () => {
    const login = await signingIn();
    login.signal('SIGINT');
    const { code } = await login.done;
    expect(code).toBe(130);
    expect([...(await cluster().client.processes()).values()]).toEqual([]);
  });
});

interface TimedLogin {
  /** Empty where there was none. */
  readonly server: string;
  readonly code: number;
  readonly ms: number;
}

/** Many logins in automatic mode, one after the other. */
async function timedLogins(cluster: Cluster, count: number): Promise<TimedLogin[]> {
  const logins: TimedLogin[] = [];
  for (let login = 0; login < count; login += 1) {
    const { code, stdout, ms } = await cluster.login(ada, ['hostname']);
    logins.push({ server: stdout.trim(), code, ms });
  }
  return logins;
}

function outcomesOf(logins: readonly TimedLogin[]): string[] {
  return logins.map(({ code, server }) => `${code} ${server.replace(/^s\d$/, 's?')}`);
}

function serversOf(logins: readonly TimedLogin[]): string[] {
  return logins.map(({ server }) => server);
}

function medianOf(logins: readonly TimedLogin[]): number {
  const times = logins.map(({ ms }) => ms).sort((one, other) => one - other);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

function firstAndRest(cluster: Cluster): { s1: AppServer; rest: readonly AppServer[] } {
  return { s1: cluster.server('s1'), rest: cluster.servers.filter(({ name }) => name !== 's1') };
}

/** What is said at the end, after the log and the news. */
function finalWords(stderr: string): string {
  return stderr.slice(stderr.lastIndexOf('ldm: '));
}
