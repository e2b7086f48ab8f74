import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { pause } from '../../ui/support/wait.js';
import { ada } from '../support/cluster.js';
import { missingForCluster } from '../support/missing.js';
import { type Running, until } from '../support/run.js';
import { useCluster } from '../support/use-cluster.js';
import { type FaultRow, lastLine, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

// Stalls are as long as those of real networks.
vi.setConfig({ testTimeout: 200_000 });

const rows: FaultRow[] = [];
afterAll(() => writeFaultTable({ silence: rows }));

const stallMs = 60_000;

requireOrSkip(missingForCluster, 'A session', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] }, expectNothingLeft);
  /** Starts a command that says a word when it runs, and another when it has run for longer than a stall. */
  const session = async (server: string, env: Readonly<Record<string, string>> = {}, seconds = 75) => {
    const login = cluster().startLogin(ada, [`echo begun; sleep ${seconds}; echo after`], {
      env: { LDM_SERVER: server, ...env },
      timeoutMs: 190_000,
    });
    await until('the session runs', () => login.stdout().includes('begun'));
    return { login, began: performance.now() };
  };
  const survives = async (login: Running): Promise<void> => {
    const { code, stdout, stderr } = await login.done;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'begun\nafter\n' });
    const said = stderr.split('\n').filter((line) => line.startsWith('ldm: '));
    expect(said.map((line) => line.replace(/s\d/, 'it'))).toEqual([
      'ldm: it is not answering. Waiting...',
      'ldm: it answers again.',
    ]);
  };

  it('outlives 60 s in which sshd stands still, and 60 s without the cable, and says so once', async () => {
    const [frozen, cut] = await Promise.all([session('s1'), session('s2')]);
    await cluster().server('s1').freezeSshd();
    await cluster().server('s2').cut();
    await pause(stallMs);
    await cluster().server('s1').sshd.thaw();
    await cluster().server('s2').link.restore();
    await Promise.all([survives(frozen.login), survives(cut.login)]);
    const outcome = 'the session goes on';
    rows.push({ fault: 'sshd stands still for 60 s', outcome, ms: stallMs });
    rows.push({ fault: 'its cable is out for 60 s', outcome, ms: stallMs });
  });

  it('is told to be lost after LDM_SESSION_TIMEOUT, or what LDM_SSHOPTIONS says', async () => {
    const [own, options] = await Promise.all([
      session('s1', { LDM_SESSION_TIMEOUT: '25' }),
      session('s2', { LDM_SSHOPTIONS: '-o ServerAliveInterval=8 -o ServerAliveCountMax=2' }),
    ]);
    await Promise.all(['s1', 's2'].map((name) => cluster().server(name).dropPackets()));
    const lost = async ({ login, began }: Awaited<ReturnType<typeof session>>, fault: string): Promise<number> => {
      const { code, stderr } = await login.done;
      const ms = performance.now() - began;
      rows.push({ fault, outcome: lastLine(stderr), ms });
      expect(code).toBe(74);
      expect(stderr).toMatch(
        /ldm: (s\d) is not answering\. Waiting\.\.\.\n.*The session on \1 was lost: the server stopped responding/,
      );
      return ms;
    };
    const [ownMs, optionsMs] = await Promise.all([
      lost(own, 'it never answers again (LDM_SESSION_TIMEOUT=25)'),
      lost(options, 'it never answers again (ServerAliveInterval=8, ServerAliveCountMax=2)'),
    ]);
    expect(ownMs).toBeGreaterThan(22_000);
    expect(ownMs).toBeLessThan(32_000);
    expect(optionsMs).toBeGreaterThan(13_000);
    expect(optionsMs).toBeLessThan(22_000);
  });

  it('ends at once where the other side says that it knows of no connection', async () => {
    const { login } = await session('s1');
    // As a server that has started again: its kernel answers a packet of the old connection with RST.
    await cluster().server('s1').dropPackets();
    await cluster().server('s1').killSshd();
    await cluster().server('s1').link.restore();
    const began = performance.now();
    const { code, stderr } = await login.done;
    const ms = performance.now() - began;
    rows.push({ fault: 'it has started again and knows of no connection', outcome: lastLine(stderr), ms });
    expect(code).toBe(74);
    expect(stderr).toContain('The session on s1 was lost: the connection was cut.');
    expect(ms).toBeLessThan(8_000);
  });

  it('outlives that ldm itself stood still for longer than LDM_SESSION_TIMEOUT', async () => {
    const { login } = await session('s1', { LDM_SESSION_TIMEOUT: '15' }, 30);
    const stall = 25_000;
    const [pid] = [...(await cluster().client.processes())].find(([, command]) => command.includes('ldm.cjs')) ?? [];
    await cluster().client.sh(`kill -STOP ${pid}`);
    await pause(stall);
    // nsenter has stopped with it, and continues it.
    login.signal('SIGCONT');
    const { code, stdout } = await login.done;
    rows.push({ fault: 'ldm itself stands still for 25 s (LDM_SESSION_TIMEOUT=15)', outcome: 'it goes on', ms: stall });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'begun\nafter\n' });
  });
});

requireOrSkip(missingForCluster, 'A server on which PAM takes 40 s to open the session', () => {
  const slow = { pam: ['session optional pam_exec.so quiet /run/test-slow'] };
  const cluster = useCluster({ servers: [{ name: 's1', ...slow }, { name: 's2' }] }, expectNothingLeft);
  beforeAll(() =>
    cluster()
      .server('s1')
      .host.write('/run/test-slow', '#!/bin/sh\n[ "$PAM_TYPE" = close_session ] || sleep 40\n', 0o755),
  );

  describe('before the command has begun', () => {
    it('is waited for', async () => {
      const { code, stdout, stderr, ms } = await cluster().login(ada, ['hostname'], {
        env: { LDM_BALANCE: 'listed', LDM_SESSION_TIMEOUT: '15' },
        timeoutMs: 120_000,
      });
      rows.push({ fault: 'PAM takes 40 s to open the session', outcome: `logged in on ${stdout.trim()}`, ms });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 's1\n' });
      expect(stderr).not.toContain('answering');
    });
  });
});
