import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { look } from '../ui/support/accessibility.js';
import { missingForWindows } from '../ui/support/missing.js';
import { pause } from '../ui/support/wait.js';
import { type ClientScreen, reads, sees, startClientScreen } from './support/client-screen.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';
import { missingPrograms } from './support/xvfb.js';

vi.setConfig({ testTimeout: 180_000 });

const missing =
  missingForCluster ?? missingForWindows ?? missingPrograms('openbox', 'xset', 'xclock', 'xwininfo', 'xprop');
const starting = 'Waiting for the desktop of s1...';

requireOrSkip(missing, 'The login screen while the desktop starts', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    return () => screen.stop();
  });
  let ldm: Running | undefined;
  afterEach(async () => {
    ldm?.signal('SIGTERM');
    await ldm?.done;
    await cluster().server('s1').host.sh('rm -f /run/go /run/first /run/first.done');
  });

  /** Logs in to a desktop whose first X client, as Xsession's own, has come and gone; the rest waits for a word. */
  const logIn = async (desktop: string) => {
    const script = `#!/bin/sh
trap 'kill 0' TERM
xset q >/run/first
until [ -e /run/go ]; do sleep 0.1; done
${desktop}
`;
    await cluster().server('s1').host.write('/etc/X11/Xsession', script, 0o755);
    await cluster().server('s1').host.sh(': >/run/first; chmod 666 /run/first');
    ldm = screen.startGreeter();
    const { pid, root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    await screen.types(ada.password);
    await until(
      'the first X client',
      async () => (await cluster().server('s1').host.run(['test', '-s', '/run/first'])).code === 0,
    );
    return { ldm, pid, root };
  };
  const goOn = () => cluster().server('s1').host.sh('touch /run/go');
  const stands = async (pid: number): Promise<void> => {
    await pause(4_000);
    expect(await screen.greeter()).toBe(pid);
  };
  const goes = () => until('the greeter goes', async () => (await screen.greeter()) === undefined, 20_000);

  it('stands behind the first X client until a window manager is there', async () => {
    const { pid, root } = await logIn('openbox');
    await sees(root, 'label', starting);
    await stands(pid);
    expect(look(root, 'label', starting)).toBeDefined();
    // What starts to manage windows finds none of ours.
    const login = await cluster().client.run(['xwininfo', '-name', 'Login'], { env: screen.env });
    expect(login.stdout).toContain('Override Redirect State: yes');
    await goOn();
    await goes();
  });

  it('hides, and keeps its windows until the window manager has looked at them', async () => {
    // xfwm4 names itself, then asks for each window that is there, and ends if one has gone meanwhile.
    const { pid } = await logIn(`login=$(xdotool search --name '^Login$')
: >/run/first
xprop -root -f _NET_SUPPORTING_WM_CHECK 32x -set _NET_SUPPORTING_WM_CHECK 1
for look in 1 2 3 4 5 6 7 8 9 10; do xwininfo -id $login 2>&1 | grep -E 'Map State|error' >>/run/first; sleep 0.3; done
echo looked >>/run/first
until [ -e /run/first.done ]; do sleep 0.1; done
exec xclock`);
    const { host } = cluster().server('s1');
    await goOn();
    const seen = async (): Promise<string> => (await host.sh('cat /run/first')).trim();
    await until('it has looked', async () => (await seen()).endsWith('looked'), 20_000);
    const states = (await seen()).split('\n').map((line) => line.trim());
    expect(states).toHaveLength(11);
    // The first look may come before the message to hide.
    expect(new Set(states.slice(1, -1))).toEqual(new Set(['Map State: IsUnMapped']));
    expect(await screen.greeter()).toBe(pid);
    await host.sh('touch /run/first.done');
    await goes();
  });

  it('yields to an old window manager, which shows only by the frames around windows', async () => {
    // What such a manager does to each window, here done to one that is too small to be waited for by itself.
    const { pid } = await logIn(`xclock -geometry 20x20+0+0 & sleep 1
xdotool windowreparent $(xdotool search --class xclock) $(xdotool search --name '^Login$')
sleep 300`);
    await stands(pid);
    await goOn();
    await goes();
  });

  it('gives way to a program that comes without a window manager', async () => {
    const { pid } = await logIn('xclock');
    await stands(pid);
    await goOn();
    await goes();
  });

  it('stands while windows come that nobody sees, and tells how the desktop ended', async () => {
    const { pid, root } = await logIn('xclock -geometry 20x20+0+0 & sleep 5; echo "no panel" >&2; exit 3');
    await goOn();
    await stands(pid);
    expect(await reads(root, 'no panel')).toContain('The session on s1 ended at once.');
    expect(await screen.greeter()).toBe(pid);
  });

  it('has a Cancel that ends the desktop', async () => {
    const { pid, root } = await logIn('exec sleep 300');
    await sees(root, 'label', starting);
    await screen.presses('Escape');
    await sees(root, 'password text', 'Password');
    await reads(root, 'The login was cancelled.');
    expect(await screen.greeter()).toBe(pid);
  });
});
