import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { look } from '../ui/support/accessibility.js';
import { missingForWindows } from '../ui/support/missing.js';
import { type ClientScreen, sees, startClientScreen } from './support/client-screen.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import type { Running } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

vi.setConfig({ testTimeout: 180_000 });

requireOrSkip(missingForCluster ?? missingForWindows, 'The login screen while it connects', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }, { name: 's2' }] });
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    return () => screen.stop();
  });
  let ldm: Running | undefined;
  afterEach(async () => {
    ldm?.signal('SIGTERM');
    await ldm?.done;
  });

  it('names the server that it still waits for, and no longer the server that was reported dead', async () => {
    await cluster().server('s1').dropPackets();
    await cluster().server('s2').killSshd();
    ldm = screen.startGreeter({ LDM_BALANCE: 'listed', LDM_PROBE_TIMEOUT: '1', LDM_CONNECT_TIMEOUT: '60' });
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    await screen.types(ada.password);
    await sees(root, 'push button', 'Details...');
    await sees(root, 'label', 'Connecting to s1...');
    expect(look(root, 'label', 'Connecting to s2...')).toBeUndefined();
    await screen.presses('Escape');
    await sees(root, 'password text', 'Password');
  });
});
