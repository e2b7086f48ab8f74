import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { missingForWindows } from '../ui/support/missing.js';
import { type ClientScreen, reads, sees, startClientScreen } from './support/client-screen.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

vi.setConfig({ testTimeout: 120_000 });

const thrower = fileURLToPath(new URL('./support/throw-on-signal.cjs', import.meta.url));
const hook = '#!/bin/sh\necho over >>/run/hooks/ended\n';

requireOrSkip(missingForCluster ?? missingForWindows, 'An error in ldm that nobody catches', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  const env = { NODE_OPTIONS: `--require=${thrower}`, LDM_HOOK_DIRS: '/run/hooks/rc.d', LDM_HOST_KEYS: 'strict' };
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    await cluster().server('s1').host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock\n', 0o755);
    await cluster().client.write('/run/hooks/rc.d/K50-mark', hook, 0o755);
    return () => screen.stop();
  });
  const onServer = async (command: string): Promise<boolean> =>
    [...(await cluster().server('s1').host.processes()).values()].includes(command);
  const throwIn = async (command: string): Promise<void> => {
    const { client } = cluster();
    const [pid] = [...(await client.processes())].find(([, line]) => line.includes(`ldm.cjs ${command}`)) ?? [];
    await client.sh(`rm -f /run/hooks/ended; kill -USR2 ${pid}`);
  };
  const hooksRan = async (): Promise<boolean> => (await cluster().client.read('/run/hooks/ended')) === 'over\n';

  describe('during a session', () => {
    it('ends the session in order, and the next login screen says so', async () => {
      const ldm = screen.startGreeter(env);
      const { root } = await screen.widgets();
      await sees(root, 'text', 'Username');
      await screen.types(ada.name);
      await sees(root, 'password text', 'Password');
      await screen.types(ada.password);
      await until('the desktop', () => onServer('xclock'), 20_000);
      await until('the greeter goes', async () => (await screen.greeter()) === undefined, 20_000);
      await throwIn('greeter');
      const { code, stderr } = await ldm.done;
      expect(code).toBe(70);
      expect(stderr).toContain('internal-error');
      expect(stderr).toContain('thrown by the test');
      expect(await hooksRan()).toBe(true);
      await until('the desktop is gone', async () => !(await onServer('xclock')), 5_000);
      expect(await cluster().client.sh('ls -d /run/ldm-* | grep -v state || true')).toBe('');

      const next = screen.startGreeter();
      await reads((await screen.widgets()).root, 'An internal error ended the session.');
      next.signal('SIGTERM');
      await next.done;
    });

    it('ends `ldm login` in order, with code 70', async () => {
      const words = ['login', '--user', ada.name, '--password-file', '-', '--no-x11', '--', 'sleep', '600'];
      const ldm = cluster().startLdm(words, { env, input: `${ada.password}\n`, timeoutMs: 60_000 });
      await until('the command runs', () => onServer('sleep 600'), 20_000);
      await throwIn('login');
      expect((await ldm.done).code).toBe(70);
      expect(await hooksRan()).toBe(true);
      const { host } = cluster().server('s1');
      await until('the connection is gone', async () => (await host.run(['pgrep', '-u', ada.name, 'sshd'])).code === 1);
    });
  });
});
