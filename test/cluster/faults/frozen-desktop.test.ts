import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../../support/require-or-skip.js';
import { findAll, placeOf, textOf } from '../../ui/support/accessibility.js';
import { missingForWindows } from '../../ui/support/missing.js';
import { pause } from '../../ui/support/wait.js';
import { type ClientScreen, reads, sees, startClientScreen } from '../support/client-screen.js';
import { ada } from '../support/cluster.js';
import { checkout } from '../support/host.js';
import { missingForCluster } from '../support/missing.js';
import { type Running, until } from '../support/run.js';
import { useCluster } from '../support/use-cluster.js';
import { type FaultRow, writeFaultTable } from './fault-table.js';
import { expectNothingLeft } from './nothing-left.js';

// Silences are real, and the windows are looked at from outside.
vi.setConfig({ testTimeout: 200_000 });

const rows: FaultRow[] = [];
afterAll(() => writeFaultTable({ frozen: rows }));

/**
 * A window manager, and a program that keeps what is typed. openbox manages no window that is mapped while it starts,
 * and the properties of the one before it are still on the root window: only its own word tells that it is up.
 */
const desktop = `#!/bin/sh
xsetroot -solid '#557755'
rm -f /tmp/wm-is-up
openbox --startup 'touch /tmp/wm-is-up' &
until [ -e /tmp/wm-is-up ]; do sleep 0.1; done
exec xterm -fa Monospace -fs 10 -title Notes -geometry 80x30+5+30 -e sh -c 'cat >/tmp/typed'
`;
/** The session's silence lasts at most so many seconds where a test does not wait for its end. */
const patience = { LDM_SESSION_TIMEOUT: '120' };

requireOrSkip(missingForCluster ?? missingForWindows, 'On the frozen desktop', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] }, expectNothingLeft);
  const server = () => cluster().server('s1');
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    await server().host.write('/etc/X11/Xsession', desktop, 0o755);
    await cluster().client.write('/etc/ldm/rc.d/K10-left', '#!/bin/sh\necho left >>/run/test-left\n', 0o755);
    return () => screen.stop();
  });
  const running: Running[] = [];
  afterEach(async ({ task }) => {
    await server().host.sh('rm -f /tmp/typed');
    await cluster().client.sh('rm -f /run/test-left');
    const started = running.splice(0);
    if (task.result?.state !== 'fail') return;
    for (const ldm of started) ldm.signal('SIGKILL');
    await Promise.all(started.map(({ done }) => done));
  });

  const startGreeter = (env?: Readonly<Record<string, string>>): Running => {
    const ldm = screen.startGreeter(env);
    running.push(ldm);
    return ldm;
  };
  const xdotool = async (...words: readonly string[]): Promise<string> =>
    (await cluster().client.run(['xdotool', ...words], { env: screen.env })).stdout;
  const windowsTitled = async (title: string): Promise<string[]> =>
    (await xdotool('search', '--onlyvisible', '--name', `^${title}$`)).split('\n').filter((line) => line !== '');
  /** Logs in, until the desktop stands and has the keyboard. */
  const logIn = async (env: Readonly<Record<string, string>> = patience): Promise<Running> => {
    const ldm = startGreeter(env);
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    await screen.types(ada.password);
    await until('the greeter goes', async () => (await screen.greeter()) === undefined, 30_000);
    await until('the notes', async () => (await windowsTitled('Notes')).length === 1, 30_000);
    await until('the notes have the keyboard', async () => {
      const [notes] = await windowsTitled('Notes');
      return (await xdotool('getactivewindow')).trim() === notes;
    });
    return ldm;
  };
  const connectionProcess = async (): Promise<number | undefined> =>
    [...(await cluster().client.processes())].find(([, command]) => command.includes('connection.cjs'))?.[0];
  const typed = (): Promise<string> => server().host.read('/tmp/typed');
  const logOut = async (ldm: Running): Promise<void> => {
    await server().host.sh('pkill -TERM -x xterm');
    expect((await ldm.done).code).toBe(0);
  };
  /** The window's widgets, and the middle of its button. */
  const connectionWindow = async (not?: number) => {
    const { root, pid } = await screen.widgetsOf('connection.cjs', not);
    await sees(root, 'frame', 'Connection');
    const button = await sees(root, 'push button', 'End Session');
    // It is centered once its texts are wrapped.
    let place = placeOf(button);
    await until('the window stands still', async () => {
      const before = place;
      await pause(300);
      place = placeOf(button);
      return place.width > 0 && JSON.stringify(place) === JSON.stringify(before);
    });
    const { x, y, width, height } = place;
    const labels = (): string[] => findAll(root, 'label').map((label) => textOf(label));
    return { root, pid, labels, middle: [String(x + width / 2), String(y + height / 2)] as const };
  };
  const picture = async (name: string): Promise<void> => {
    const file = join(checkout, 'node_modules/.cache/pictures', `${name}.png`);
    mkdirSync(dirname(file), { recursive: true });
    await cluster().client.run(['import', '-window', 'root', file], { env: screen.env });
  };
  const ended = async (ldm: Running): Promise<number> => {
    const began = performance.now();
    const { code } = await ldm.done;
    expect(code).toBe(0);
    expect(await cluster().client.read('/run/test-left')).toBe('left\n');
    return performance.now() - began;
  };

  it('a window tells that the server does not answer, counts, and goes when it does; the typing has waited', async () => {
    const ldm = await logIn();
    await screen.types('before');
    await until('what was typed is there', async () => (await typed()) === 'before\n');
    await server().freezeSshd();
    const began = performance.now();
    // Neither these keys nor the window's coming may take the keyboard from the desktop.
    await xdotool('type', 'mid');
    await until('the window', async () => (await windowsTitled('Connection')).length === 1, 30_000);
    const ms = performance.now() - began;
    const { labels } = await connectionWindow();
    await xdotool('key', 'space', 'Return', 'Tab', 'Return', 'Escape', 'a', 'Return');
    expect(labels()).toContain('The server s1 is not answering.');
    const counts = new Set<string>();
    await until('it counts', () => {
      for (const label of labels()) if (/^Waiting for 0:\d\d\.\.\.$/.test(label)) counts.add(label);
      return counts.size >= 3;
    });
    await picture('frozen-desktop');
    expect(ms).toBeLessThan(15_000);
    await server().sshd.thaw();
    await until('the window goes', async () => (await connectionProcess()) === undefined, 15_000);
    // The terminal takes the Tab and the Escape for text too.
    await until('what was typed meanwhile is there', async () => /^before\nmid \n\t\n.*a\n/s.test(await typed()));
    expect(await windowsTitled('Connection')).toEqual([]);
    rows.push({ fault: 'sshd stands still', outcome: 'the window Connection tells so, and counts', ms });
    await logOut(ldm);
    expect(await cluster().client.read('/run/test-left')).toBe('left\n');
  });

  it('the window comes again after it was killed, and at the next silence', async () => {
    const ldm = await logIn();
    await server().freezeSshd();
    const first = await connectionWindow();
    await cluster().client.sh(`kill -KILL ${first.pid}`);
    const second = await connectionWindow(first.pid);
    await server().sshd.thaw();
    await until('the window goes', async () => (await connectionProcess()) === undefined, 15_000);
    await server().freezeSshd();
    await connectionWindow(second.pid);
    await server().sshd.thaw();
    await until('the window goes', async () => (await connectionProcess()) === undefined, 15_000);
    await logOut(ldm);
  });

  describe('End Session', () => {
    it('ends the session at once by a click, with its hooks, and the next login screen has nothing to say', async () => {
      const ldm = await logIn();
      await server().freezeSshd();
      const { middle } = await connectionWindow();
      await xdotool('mousemove', ...middle, 'click', '1');
      const ms = await ended(ldm);
      rows.push({ fault: 'sshd stands still, End Session is clicked', outcome: 'the session is over', ms });
      expect(ms).toBeLessThan(5_000);
      await server().heal();
      const next = startGreeter();
      const { root } = await screen.widgets();
      await sees(root, 'text', 'Username');
      await pause(500);
      expect(textOf(await sees(root, 'text', 'Status')).trim()).toBe('');
      next.signal('SIGTERM');
      await next.done;
    });

    it('is reached while a frozen program holds the mouse and the keyboard', async () => {
      const ldm = await logIn();
      await xdotool('mousemove', '1000', '700', 'click', '3');
      // The window manager's menu is up once it holds the pointer.
      await pause(2_000);
      await server().freezeSshd();
      const { middle } = await connectionWindow();
      await picture('frozen-menu');
      await xdotool('mousemove', ...middle, 'mousedown', '1');
      await pause(120);
      await xdotool('mouseup', '1');
      expect(await ended(ldm)).toBeLessThan(5_000);
    });

    it('is reached with the keyboard by Ctrl, Alt and Shift together', async () => {
      const ldm = await logIn();
      await server().freezeSshd();
      await connectionWindow();
      const chord = async (): Promise<void> => {
        await xdotool('keydown', 'Control_L', 'keydown', 'Alt_L', 'keydown', 'Shift_L');
        await pause(500);
        await xdotool('keyup', 'Shift_L', 'keyup', 'Alt_L', 'keyup', 'Control_L');
      };
      await chord();
      await xdotool('key', 'Escape', 'Return');
      await pause(500);
      expect(await connectionProcess()).toBeDefined();
      await chord();
      await xdotool('key', 'Return');
      expect(await ended(ldm)).toBeLessThan(5_000);
    });
  });

  it('a session that is given up leaves its reason to the next login screen', async () => {
    const ldm = await logIn({ LDM_SESSION_TIMEOUT: '15' });
    await server().freezeSshd();
    const began = performance.now();
    await connectionWindow();
    const { code } = await ldm.done;
    const ms = performance.now() - began;
    expect(code).toBe(74);
    expect(await cluster().client.read('/run/test-left')).toBe('left\n');
    expect(await connectionProcess()).toBeUndefined();
    await server().heal();
    const next = startGreeter();
    const told = await reads(
      (await screen.widgets()).root,
      'The session on s1 was lost: the server stopped responding.',
    );
    const outcome = `the session is over, and the next login screen says: "${told.trim()}"`;
    rows.push({ fault: 'sshd stands still for ever (LDM_SESSION_TIMEOUT=15)', outcome, ms });
    next.signal('SIGTERM');
    await next.done;
  });

  it('whose X server dies, a session of programs without windows ends too, and the next login screen tells', async () => {
    await server().host.write('/etc/X11/Xsession', '#!/bin/sh\nxclock &\nexec sleep 1234\n', 0o755);
    const ldm = startGreeter();
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    await screen.types(ada.password);
    await until('the greeter goes', async () => (await screen.greeter()) === undefined, 30_000);
    const began = performance.now();
    await screen.killX();
    await ended(ldm);
    const ms = performance.now() - began;
    await until(
      'the session is over on the server',
      async () => ![...(await server().host.processes()).values()].some((command) => /^sshd.*: ada/.test(command)),
      10_000,
    );
    await server().host.sh('pkill -x sleep || true');
    await server().host.write('/etc/X11/Xsession', desktop, 0o755);
    await cluster().startX();
    const next = startGreeter();
    const told = await reads((await screen.widgets()).root, "The screen's X server stopped unexpectedly.");
    const outcome = `the session is over, and the next login screen says: "${told.trim()}"`;
    rows.push({ fault: 'the X server dies, and the session has no windows that would care', outcome, ms });
    next.signal('SIGTERM');
    await next.done;
  });
});
