import { beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { rated } from './support/app-server.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

/** What an info service tells that lies: its command is not the server's. */
const told = {
  does: 'say',
  text: [
    'language:C.UTF-8',
    'session-with-name:GNOME:gnome-session',
    'session-with-name:MATE:touch /tmp/never; mate-session',
    'rating:50',
    'age:0',
    '',
  ].join('\n'),
} as const;

requireOrSkip(missingForCluster, 'A session that was selected in the greeter', () => {
  const cluster = useCluster({
    servers: [
      { name: 's1', info: told },
      // The better one by far; but it has no MATE.
      { name: 's2', info: rated(100, { age: 0 }) },
    ],
  });
  const x = () => ({
    DISPLAY: cluster().environment.DISPLAY ?? '',
    XAUTHORITY: cluster().environment.XAUTHORITY ?? '',
  });
  const press = (...keys: readonly string[]) =>
    cluster().client.run(['xdotool', 'key', '--delay', '40', ...keys], { env: x() });
  const type = (text: string) => cluster().client.run(['xdotool', 'type', '--delay', '20', text], { env: x() });
  const isShown = async (title: string): Promise<boolean> =>
    (await cluster().client.run(['xdotool', 'search', '--onlyvisible', '--name', `^${title}$`], { env: x() }))
      .stdout !== '';
  const rest = () => new Promise((resolve) => setTimeout(resolve, 2_000));

  beforeAll(async () => {
    await cluster().startX();
    const { host } = cluster().server('s1');
    await host.sh(
      [
        'mkdir -p /run/over/new /run/over/work',
        'mount -t overlay overlay -o lowerdir=/usr/share,upperdir=/run/over/new,workdir=/run/over/work /usr/share',
        'rm -rf /usr/share/xsessions',
      ].join('\n'),
    );
    await host.write('/usr/share/xsessions/mate.desktop', '[Desktop Entry]\nName=MATE\nExec=mate-session\n');
    const started = '{ echo "$# $1 $DESKTOP_SESSION $LANG $LTSP_CLIENT_HOSTNAME"; } >/tmp/started';
    await host.write('/etc/X11/Xsession', `#!/bin/sh\n${started}\nexec xclock\n`, 0o755);
  });

  it('is the session of that name on the server, with its command there', { timeout: 180_000 }, async () => {
    const { host } = cluster().server('s1');
    let ldm: Running | undefined;
    try {
      ldm = cluster().startLdm(['greeter'], { env: { NO_AT_BRIDGE: '1', LDM_BALANCE: 'best' } });
      await until('the greeter', () => isShown('Login'), 20_000);
      await rest();
      await press('alt+p');
      await rest();
      await press('e');
      await until('the session dialog', () => isShown('Select Session'));
      await rest();
      // Not the last: another server offers more.
      await press('Home', 'Down', 'Down', 'Down', 'Return');
      await until('the dialog to go', async () => !(await isShown('Select Session')));
      await rest();
      await press('alt+p');
      await rest();
      await press('l');
      await until('the language dialog', () => isShown('Select Language'));
      await rest();
      await press('End', 'Return');
      await until('the dialog to go', async () => !(await isShown('Select Language')));
      await rest();
      await type(ada.name);
      await press('Return');
      await rest();
      await type(ada.password);
      await press('Return');
      await until('the session', async () => (await host.read('/tmp/started')) !== '', 15_000);
      expect(await host.read('/tmp/started')).toBe('1 mate-session mate C.UTF-8 client\n');
      expect(await host.read('/run/home/40000/.dmrc')).toBe('[Desktop]\nSession=mate\nLanguage=C.UTF-8\n');
      expect((await host.run(['test', '-e', '/tmp/never'])).code).toBe(1);
      await until('the greeter to go', async () => !(await isShown('Login')), 15_000);
    } catch (error) {
      throw new Error(`${String(error)}\n${ldm?.stderr() ?? ''}`);
    } finally {
      ldm?.signal('SIGTERM');
      await ldm?.done;
    }
  });
});
