import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { becomes, findAll, textOf } from '../../ui/support/accessibility.js';
import { missingForWindows } from '../../ui/support/missing.js';
import { pause } from '../../ui/support/wait.js';
import { type ClientScreen, reads, sees, startClientScreen } from '../support/client-screen.js';
import { ada } from '../support/cluster.js';
import { missingForCluster } from '../support/missing.js';
import { networkPrefix } from '../support/network.js';
import { missingForPam, pamScript, passwordCheck, preparePam } from '../support/pam.js';
import { type Running, until } from '../support/run.js';
import { useCluster } from '../support/use-cluster.js';
import { type FaultRow, lastLine, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

// The windows are looked at from outside, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const rows: FaultRow[] = [];
afterAll(() => writeFaultTable({ windows: rows }));

const started = 'The login window had to be started again. Nothing was lost.';
const missing = missingForCluster ?? missingForWindows;

requireOrSkip(missing, 'The login screen', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] }, expectNothingLeft);
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    for (const { host } of cluster().servers) {
      await host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock\n', 0o755);
    }
    return () => screen.stop();
  });

  const running: Running[] = [];
  const startGreeter = (env?: Readonly<Record<string, string>>): Running => {
    const ldm = screen.startGreeter({ LDM_SERVER: 's1', ...env });
    running.push(ldm);
    return ldm;
  };
  afterEach(async ({ task }) => {
    const started = running.splice(0);
    // What a failed test leaves must not stand in the way of the next; of the others nothing may be left.
    if (task.result?.state !== 'fail') return;
    for (const ldm of started) ldm.signal('SIGKILL');
    await Promise.all(started.map(({ done }) => done));
  });

  const killGreeter = async (pid: number): Promise<number> => {
    const began = performance.now();
    await cluster().client.sh(`kill -KILL ${pid}`);
    return began;
  };
  const onServer = async (name = 's1'): Promise<string[]> => [
    ...(await cluster().server(name).host.processes()).values(),
  ];
  const desktopRuns = (name = 's1') =>
    until('the desktop', async () => (await onServer(name)).includes('xclock'), 20_000);
  const greeterGoes = () => until('the greeter goes', async () => (await screen.greeter()) === undefined, 20_000);
  /** Ends the desktop as its user does. */
  const logOut = async (ldm: Running, name = 's1'): Promise<void> => {
    await cluster().server(name).host.sh('pkill -TERM -x xclock');
    await ldm.done;
  };
  const end = async (ldm: Running): Promise<void> => {
    ldm.signal('SIGTERM');
    await ldm.done;
  };
  /** A greeter that asks for the password of ada. */
  const atPassword = async (env?: Readonly<Record<string, string>>) => {
    const ldm = startGreeter(env);
    const { pid, root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    return { ldm, pid, root };
  };

  describe('whose process is killed', () => {
    it('while it asks for the name comes again and says so', async () => {
      const ldm = startGreeter();
      const { pid, root } = await screen.widgets();
      await sees(root, 'text', 'Username');
      const began = await killGreeter(pid);
      const next = await screen.widgets(pid);
      await sees(next.root, 'text', 'Username');
      const ms = performance.now() - began;
      await reads(next.root, started);
      rows.push({ fault: 'the greeter is killed at the name', outcome: `asks for the name again, "${started}"`, ms });
      await end(ldm);
    });

    it('while it asks for the password comes again for the password, and the login goes on', async () => {
      const { ldm, pid } = await atPassword();
      const began = await killGreeter(pid);
      const next = await screen.widgets(pid);
      await sees(next.root, 'password text', 'Password');
      const ms = performance.now() - began;
      await reads(next.root, started);
      await screen.types(ada.password);
      await desktopRuns();
      const outcome = 'asks for the password of the same user again, and the login goes on';
      rows.push({ fault: 'the greeter is killed at the password', outcome, ms });
      await greeterGoes();
      await logOut(ldm);
      expect((await ldm.done).code).toBe(0);
    });

    it('while ldm connects comes again with Cancel, and Cancel works', async () => {
      await cluster().server('s1').silentAfter('banner');
      const { ldm, pid, root } = await atPassword({ LDM_CONNECT_TIMEOUT: '300' });
      await screen.types(ada.password);
      await sees(root, 'label', 'Connecting to s1...');
      const began = await killGreeter(pid);
      const next = await screen.widgets(pid);
      await sees(next.root, 'label', 'Connecting to s1...');
      await sees(next.root, 'push button', 'Cancel');
      const ms = performance.now() - began;
      await reads(next.root, started);
      await screen.presses('Escape');
      await sees(next.root, 'password text', 'Password');
      const outcome = 'shows again that it connects, and Cancel, which works';
      rows.push({ fault: 'the greeter is killed while ldm connects', outcome, ms });
      await end(ldm);
    });

    it('four times in a row is given up, with 70 and the reason', async () => {
      const ldm = startGreeter();
      let last: number | undefined;
      const began = performance.now();
      for (let times = 1; times <= 4; times += 1) {
        await until('the next one', async () => ![undefined, last].includes(await screen.greeter()), 20_000);
        last = await screen.greeter();
        await cluster().client.sh(`kill -KILL ${last}`);
      }
      const { code, stderr } = await ldm.done;
      const ms = performance.now() - began;
      rows.push({ fault: 'the greeter is killed four times', outcome: `code ${code}, ${lastLine(stderr)}`, ms });
      expect(code).toBe(70);
      expect(stderr).toContain('the greeter cannot be kept running: ended by SIGKILL');
    });
  });

  it('tells that no server answers, and asks for the password again', async () => {
    await cluster().server('s1').dropPackets();
    const { ldm, root } = await atPassword({ LDM_CONNECT_TIMEOUT: '3', LDM_PROBE_TIMEOUT: '1' });
    const began = performance.now();
    await screen.types(ada.password);
    const words = 's1 is not available. Try again, or choose another server.';
    const told = await reads(root, words);
    const ms = performance.now() - began;
    await sees(root, 'password text', 'Password');
    rows.push({ fault: 'the only server drops every packet (LDM_CONNECT_TIMEOUT=3)', outcome: `"${words}"`, ms });
    expect(told).not.toContain('did not answer');
    // With the keyboard alone.
    await screen.presses('alt+d');
    const details = textOf(await sees(await sees(root, 'dialog', 'Details'), 'text', 'Details'));
    expect(details).toMatch(/^\d\d:\d\d:\d\d {2}s1: did not answer in time\.$/m);
    const labels = findAll(await sees(root, 'dialog', 'Details'), 'label').map((label) => label.getName());
    expect(labels).toContainEqual(expect.stringMatching(`^client \\(${networkPrefix}1\\), 20\\d\\d-`));
    await screen.presses('Escape');
    await becomes(await sees(root, 'password text', 'Password'), 'FOCUSED');
    await end(ldm);
  });

  describe('before a session', () => {
    it('that ends within seconds is told why by the next one, whatever windows it had', async () => {
      const { host } = cluster().server('s1');
      const desktop = [
        '#!/bin/sh',
        'exec >>"$HOME/.xsession-errors" 2>&1',
        'echo "of an earlier session"',
        'echo "Xsession: X session started for $USER at $(date)"',
        'echo "startmate: cannot find its panel"',
        'timeout 5 xclock',
        'exit 1',
      ].join('\n');
      await host.write('/etc/X11/Xsession', `${desktop}\n`, 0o755);
      try {
        const { ldm } = await atPassword();
        await screen.types(ada.password);
        await desktopRuns();
        const began = performance.now();
        await ldm.done;
        const next = startGreeter();
        const told = await reads((await screen.widgets()).root, 'The session on s1 ended after');
        const ms = performance.now() - began;
        expect(told).toContain('startmate: cannot find its panel');
        expect(told).not.toContain('of an earlier session');
        const outcome = `the next login screen says: "${told.trim().replaceAll('\n', ' ')}"`;
        rows.push({ fault: 'a desktop shows a window and ends after 5 s', outcome, ms });
        await end(next);
      } finally {
        await host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock\n', 0o755);
      }
    });

    it('comes back after LDM_SESSION_TIMEOUT if the server dies silently, and says why, once', async () => {
      const { ldm } = await atPassword({ LDM_SESSION_TIMEOUT: '15' });
      await screen.types(ada.password);
      await desktopRuns();
      await greeterGoes();
      await cluster().server('s1').dropPackets();
      const began = performance.now();
      const { code, stderr } = await ldm.done;
      const ms = performance.now() - began;
      const lost = 'The session on s1 was lost: the server stopped responding.';
      expect(code).toBe(74);
      expect(stderr).toContain(lost);
      expect(ms).toBeLessThan(25_000);
      const next = startGreeter();
      const told = await reads((await screen.widgets()).root, lost);
      const outcome = `the session is over, and the next login screen says: "${told.trim()}"`;
      rows.push({ fault: 'the server dies silently during the session (LDM_SESSION_TIMEOUT=15)', outcome, ms });
      await end(next);
      const third = startGreeter();
      const { root } = await screen.widgets();
      await sees(root, 'text', 'Username');
      await pause(500);
      expect(textOf(await sees(root, 'text', 'Status'))).not.toContain('lost');
      await end(third);
    });

    it('whose sshd is killed is there again at once, and the next one tells why', async () => {
      const { ldm } = await atPassword();
      await screen.types(ada.password);
      await desktopRuns();
      await greeterGoes();
      const began = performance.now();
      await cluster().server('s1').killSshd();
      const { code } = await ldm.done;
      const ms = performance.now() - began;
      expect(code).toBe(74);
      const next = startGreeter();
      const told = await reads((await screen.widgets()).root, 'The session on s1 was lost: the connection was cut.');
      const outcome = `the session is over, and the next login screen says: "${told.trim()}"`;
      rows.push({ fault: 'sshd is killed during the session', outcome, ms });
      expect(ms).toBeLessThan(5_000);
      await end(next);
    });
  });

  /** PAM of s1 takes so many seconds over the password; gives what puts that right again. */
  const slowPam = async (seconds: number): Promise<() => Promise<void>> => {
    const { host } = cluster().server('s1');
    const pamStack = await host.read('/etc/pam.d/sshd');
    await host.write('/run/test-slow', `#!/bin/sh\nsleep ${seconds}\n`, 0o755);
    // Behind the line that records, which asks for the password.
    const [record, ...rest] = pamStack.split('\n');
    const slow = [record, 'auth optional pam_exec.so quiet /run/test-slow', ...rest];
    await host.write('/etc/pam.d/sshd', slow.join('\n'));
    return () => host.write('/etc/pam.d/sshd', pamStack);
  };

  it('offers another server, with a button, when one dies that has the password', async () => {
    const restore = await slowPam(31);
    try {
      const { ldm, root } = await atPassword({ LDM_SERVER: 's1 s2', LDM_BALANCE: 'listed' });
      await sees(root, 'label', 'Logging in as ada');
      await screen.types(ada.password);
      await until('PAM is at work', async () => (await onServer()).includes('sleep 31'));
      const began = performance.now();
      await cluster().server('s1').killSshd();
      const told = await reads(root, 's1: closed the connection.');
      await sees(root, 'push button', 'Try Another Server');
      const ms = performance.now() - began;
      expect(told).toContain('Send them to another server as well?');
      await sees(root, 'push button', 'Cancel');
      expect((await cluster().server('s2').accountLog()).requests).toEqual([]);
      // The keyboard is on the button.
      await screen.presses('Return');
      await desktopRuns('s2');
      const outcome = 'says so and offers "Try Another Server"; Enter there starts the desktop on s2';
      rows.push({ fault: 'sshd of the first of two servers is killed while PAM looks at the password', outcome, ms });
      await greeterGoes();
      await logOut(ldm, 's2');
      expect((await ldm.done).code).toBe(0);
    } finally {
      await cluster().server('s1').host.sh('pkill -x sleep || true');
      await restore();
    }
  });

  it('whose process is killed while the server looks at the password does not lose the login', async () => {
    const restore = await slowPam(3);
    try {
      const { ldm, pid } = await atPassword();
      await screen.types(ada.password);
      await until('PAM is at work', async () => (await onServer()).includes('sleep 3'));
      const began = await killGreeter(pid);
      await desktopRuns();
      const ms = performance.now() - began;
      const outcome = 'the login goes on, and the desktop starts';
      rows.push({ fault: 'the greeter is killed while the server takes 3 s over the password', outcome, ms });
      await greeterGoes();
      await logOut(ldm);
      expect((await ldm.done).code).toBe(0);
    } finally {
      await restore();
    }
  });

  requireOrSkip(missingForPam, 'while the server asks', () => {
    it('shows the question again when its process is killed, and the answer counts', async () => {
      const pam = await preparePam(cluster().server('s1'));
      await pam.authenticate(passwordCheck, `auth required ${pamScript} [visible:Name of your token: =blue]`);
      try {
        const { ldm, pid, root } = await atPassword();
        await screen.types(ada.password);
        await sees(root, 'text', 'Name of your token:');
        const began = await killGreeter(pid);
        const next = await screen.widgets(pid);
        await sees(next.root, 'text', 'Name of your token:');
        const ms = performance.now() - began;
        await reads(next.root, started);
        await screen.types('blue');
        await desktopRuns();
        const outcome = 'shows the question again, and the answer counts';
        rows.push({ fault: 'the greeter is killed while the server asks a question', outcome, ms });
        await greeterGoes();
        await logOut(ldm);
      } finally {
        await pam.restore();
      }
    });
  });

  describe('whose X server dies', () => {
    it('at the name ends, with the reason', async () => {
      const ldm = startGreeter();
      const { root } = await screen.widgets();
      await sees(root, 'text', 'Username');
      const began = performance.now();
      await screen.killX();
      const { code, stderr } = await ldm.done;
      const ms = performance.now() - began;
      await cluster().startX();
      rows.push({ fault: 'the X server dies at the login screen', outcome: `code ${code}, ${lastLine(stderr)}`, ms });
      expect(code).toBe(70);
      expect(stderr).toContain('\nldm: the display :7 cannot be opened: check that X is running there');
      expect(stderr).not.toContain('    at ');
      expect(ms).toBeLessThan(15_000);
    });

    it('while ldm connects leaves no connection', async () => {
      await cluster().server('s1').silentAfter('banner');
      const { ldm, root } = await atPassword({ LDM_CONNECT_TIMEOUT: '300' });
      await screen.types(ada.password);
      await sees(root, 'label', 'Connecting to s1...');
      const began = performance.now();
      await screen.killX();
      const { code, stderr } = await ldm.done;
      const ms = performance.now() - began;
      await cluster().startX();
      rows.push({ fault: 'the X server dies while ldm connects', outcome: `code ${code}, ${lastLine(stderr)}`, ms });
      expect(code).toBe(70);
      expect(ms).toBeLessThan(15_000);
    });

    it('during the session ends it, on the server too', async () => {
      const { ldm } = await atPassword();
      await screen.types(ada.password);
      await desktopRuns();
      await greeterGoes();
      const began = performance.now();
      await screen.killX();
      const { code } = await ldm.done;
      const ms = performance.now() - began;
      await cluster().startX();
      expect(ms).toBeLessThan(5_000);
      await until('the desktop is gone', async () => !(await onServer()).includes('xclock'), 5_000);
      const next = startGreeter();
      const told = await reads((await screen.widgets()).root, "The screen's X server stopped unexpectedly.");
      const outcome = `the session ends, code ${code}, and the next login screen says: "${told.trim()}"`;
      rows.push({ fault: 'the X server dies during the session', outcome, ms });
      await end(next);
    });
  });
});
