import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { pause } from '../../ui/support/wait.js';
import type { AppServer } from '../support/app-server.js';
import { ada } from '../support/cluster.js';
import { missingForCluster } from '../support/missing.js';
import { missingForPam, type Pam, pamScript, passwordCheck, preparePam } from '../support/pam.js';
import { until } from '../support/run.js';
import { ldmOnTerminal } from '../support/terminal.js';
import { useCluster } from '../support/use-cluster.js';
import { type FaultRow, inWords, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

// Waiting is what is tried.
vi.setConfig({ testTimeout: 120_000 });

const rows: FaultRow[] = [];
afterAll(() => writeFaultTable({ slow: rows }));

/** LDM_CONNECT_TIMEOUT is the only clock of the client's; these servers take longer than that for all the rest. */
const quick = { LDM_BALANCE: 'listed', LDM_CONNECT_TIMEOUT: '2' };
const slowly = 'auth optional pam_exec.so quiet /run/test-slow';
const question = `auth required ${pamScript} [hidden:Code from your telephone: =246810]`;

requireOrSkip(missingForCluster ?? missingForPam, 'A server on which the sign-in takes its time', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] }, expectNothingLeft);
  const pams: Pam[] = [];
  const takes = (server: AppServer, seconds: number) =>
    server.host.write('/run/test-slow', `#!/bin/sh\nexec sleep ${seconds}\n`, 0o755);
  beforeAll(async () => {
    for (const server of cluster().servers) pams.push(await preparePam(server));
  });
  afterEach(async () => {
    for (const pam of pams) await pam.restore();
    // What PAM has started outlives sshd.
    for (const { host } of cluster().servers) await host.sh('pkill -x sleep || true');
  });
  const [s1, s2] = ['s1', 's2'].map((name) => () => cluster().server(name)) as [() => AppServer, () => AppServer];

  it.each([
    { where: 'before it asks', lines: [slowly, passwordCheck] },
    { where: 'to look at the password', lines: [passwordCheck, slowly] },
  ])('is waited for, and that is said: $where', async ({ where, lines }) => {
    await takes(s1(), 8);
    await pams[0]?.authenticateWith(...lines);
    const outcome = await cluster().login(ada, ['hostname'], { env: quick });
    rows.push({
      fault: `PAM takes 8 s ${where} (LDM_CONNECT_TIMEOUT=2)`,
      outcome: inWords(outcome),
      ms: outcome.ms,
    });
    expect(outcome).toMatchObject({ code: 0, stdout: 's1\n' });
    expect(outcome.stderr).toContain('ldm: Signing in on s1...\n');
  });

  it('costs the wait alone when its cable is out meanwhile, and is left where it stays out', async () => {
    for (const [at, server] of [s1(), s2()].entries()) {
      await takes(server, 30);
      await pams[at]?.authenticateWith(passwordCheck, slowly);
    }
    const signingIn = async (server: string, env: Readonly<Record<string, string>>) => {
      const login = cluster().startLogin(ada, ['hostname'], {
        env: { ...quick, LDM_SERVER: server, ...env },
        timeoutMs: 100_000,
      });
      const { host } = cluster().server(server.split(' ')[0] ?? '');
      await until('PAM is at work', async () => [...(await host.processes()).values()].includes('sleep 30'));
      return login;
    };
    const [dead, stalled] = await Promise.all([signingIn('s1 s2', { LDM_SESSION_TIMEOUT: '15' }), signingIn('s2', {})]);
    const began = performance.now();
    await Promise.all([s1().dropPackets(), s2().cut()]);
    const restored = pause(20_000).then(() => s2().link.restore());
    const left = await dead.done;
    const ms = performance.now() - began;
    const fault = 'its cable is pulled while PAM looks at the password (LDM_SESSION_TIMEOUT=15)';
    rows.push({ fault, outcome: inWords(left), ms });
    expect(left).toMatchObject({ code: 69, stdout: '' });
    expect(left.stderr).toContain('ldm: s1 is not answering. Waiting...\n');
    expect(left.stderr).toContain('  s1: did not answer in time.');
    expect(ms).toBeLessThan(30_000);
    await restored;
    const kept = await stalled.done;
    rows.push({
      fault: 'its cable is out for 20 s while PAM looks at the password',
      outcome: inWords(kept),
      ms: kept.ms,
    });
    expect(kept).toMatchObject({ code: 0, stdout: 's2\n' });
    expect(kept.stderr).toMatch(/s2 is not answering\. Waiting\.\.\.\n[\s\S]*s2 answers again\.\n/);
    // One password, of the login that went on there.
    expect((await s2().accountLog()).accepted.length).toBe(1);
  });
});

requireOrSkip(missingForCluster ?? missingForPam, 'A user who is slower than LoginGraceTime', () => {
  const cluster = useCluster(
    { servers: [{ name: 's1', config: ['LoginGraceTime 6'] }, { name: 's2' }] },
    expectNothingLeft,
  );

  it('is told, gives nothing to another server, and is no fault of this one', async () => {
    const pam = await preparePam(cluster().server('s1'));
    await pam.authenticate(passwordCheck, question);
    const args = ['login', '--user', ada.name, '--no-x11', '--', 'hostname'];
    const terminal = ldmOnTerminal(cluster().client, args, { ...cluster().environment, ...quick });
    await terminal.reads(/Password of ada: /);
    terminal.types(ada.password);
    await terminal.reads(/Code from your telephone: /);
    const began = performance.now();
    const words = 's1: ended the connection before the sign-in was complete; perhaps it took too long.';
    expect(await terminal.reads(/Send them to another server as well\?/)).toContain(words);
    const ms = performance.now() - began;
    terminal.types('no');
    expect(await terminal.ended).toMatchObject({ code: 69 });
    rows.push({ fault: 'a question is not answered within LoginGraceTime (6 s)', outcome: `"${words}"`, ms });
    expect((await cluster().server('s2').accountLog()).requests).toEqual([]);
    await pam.restore();
    expect(await cluster().login(ada, ['hostname'], { env: quick })).toMatchObject({ code: 0, stdout: 's1\n' });
  });
});
