import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Accessible, findAll, has, look, textOf } from '../ui/support/accessibility.js';
import { missingForWindows } from '../ui/support/missing.js';
import { waitFor } from '../ui/support/wait.js';
import { type ClientScreen, patienceMs, reads, sees, startClientScreen } from './support/client-screen.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { networkPrefix } from './support/network.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

vi.setConfig({ testTimeout: 180_000 });

const address = `${networkPrefix}1`;
const offline = 'This computer has no network address yet.';
const noCable = 'No network: check whether the network cable is plugged in.';

requireOrSkip(missingForCluster ?? missingForWindows, 'The login screen whose network comes late', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  let screen: ClientScreen;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    await cluster().server('s1').host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock\n', 0o755);
    await cluster().client.write('/etc/lts.conf', `[default]\nLDM_SERVER=nowhere\n[${address}]\nLDM_SERVER=s1\n`);
    return () => screen.stop();
  });
  let ldm: Running | undefined;
  beforeEach(() => loseNetwork());
  afterEach(async () => {
    ldm?.signal('SIGTERM');
    await ldm?.done;
    await cluster().client.sh('hostname client');
  });

  const loseNetwork = () => cluster().client.sh('ip addr flush dev eth0 scope global');
  const getNetwork = () => cluster().client.sh(`ip addr add ${address}/24 dev eth0`);
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<Accessible> => {
    ldm = screen.startGreeter({ LDM_SERVER: '', ...env });
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    return root;
  };
  const says = (root: Accessible): string => textOf(look(root, 'text', 'Status') ?? root);
  const becomesSilent = (root: Accessible) =>
    waitFor('the sentence to go', () => ![offline, noCable].some((one) => says(root).includes(one)), patienceMs);
  const corner = (root: Accessible): string[] =>
    findAll(root, 'label').flatMap((one) => (has(one, 'SHOWING') ? [one.getName()] : []));
  const atPassword = async (root: Accessible): Promise<void> => {
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
  };
  const logsIn = async (): Promise<void> => {
    await screen.types(ada.password);
    await until(
      'the desktop on s1',
      async () => [...(await cluster().server('s1').host.processes()).values()].includes('xclock'),
      30_000,
    );
  };
  const watches = async (): Promise<boolean> =>
    [...(await cluster().client.processes()).values()].some((command) => command.startsWith('ip -o monitor'));

  it('says that it is this computer, follows its address, and takes the settings for it', async () => {
    const root = await start();
    await reads(root, offline);
    expect(corner(root).filter((label) => label.startsWith('('))).toEqual([]);
    await atPassword(root);
    await screen.types('too early');
    const told = await reads(root, 'Nobody can log in without the network.');
    expect(told).toContain(offline);
    expect(told).not.toContain('nowhere');

    await cluster().client.sh('hostname late');
    await getNetwork();
    await sees(root, 'label', `(${address})`);
    await sees(root, 'label', 'late');
    await becomesSilent(root);
    // The cookie that opens the display is for the name of before.
    await cluster().client.sh('hostname client');
    await logsIn();
  });

  it('says so when its cable is pulled, and no more once it is back', async () => {
    await getNetwork();
    const root = await start();
    await sees(root, 'label', `(${address})`);
    expect(says(root)).not.toContain(offline);
    await until('it listens', watches);
    await cluster().cable.cut();
    await reads(root, noCable);
    // The listener is not what all depends on.
    await cluster().client.sh('kill $(pidof ip)');
    await until('the listener is gone', async () => !(await watches()));
    await until('it listens again', watches);
    await cluster().cable.restore();
    await becomesSilent(root);
    await sees(root, 'label', `(${address})`);
  });

  it('logs in an account of its own as soon as there is a network', async () => {
    const root = await start({
      LDM_AUTOLOGIN: 'y',
      LDM_USERNAME: ada.name,
      LDM_PASSWORD: ada.password,
      LDM_LOGIN_TIMEOUT: '2',
    });
    await reads(root, offline);
    await getNetwork();
    await until(
      'the desktop on s1',
      async () => [...(await cluster().server('s1').host.processes()).values()].includes('xclock'),
      30_000,
    );
  });

  it('looks at each login where the kernel cannot be listened to', async () => {
    const program = (await cluster().client.sh('readlink -f "$(command -v ip)"')).trim();
    await cluster().client.sh(`mount --bind /dev/null ${program}`);
    let root: Accessible;
    try {
      root = await start();
      await reads(root, offline);
      await until('it gave up to listen', () => ldm?.stderr().includes('network-watch-failed') === true);
      expect(await watches()).toBe(false);
    } finally {
      await cluster().client.sh(`umount ${program}`);
    }
    await atPassword(root);
    await getNetwork();
    await logsIn();
  });

  it('leaves nobody listening to the kernel, however it ends', async () => {
    await start();
    await until('it listens', watches);
    ldm?.signal('SIGKILL');
    await ldm?.done;
    await until('nobody listens', async () => !(await watches()));
  });
});
