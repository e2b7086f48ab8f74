import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { toBase64 } from '../../src/protocol/etcd-gateway.js';
import { etcdMissing } from '../support/etcd.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { isSensitive, look, rowOf } from '../ui/support/accessibility.js';
import { missingForWindows } from '../ui/support/missing.js';
import { waitFor } from '../ui/support/wait.js';
import { type ClientScreen, patienceMs, reads, sees, startClientScreen } from './support/client-screen.js';
import { ada } from './support/cluster.js';
import { missingForCluster } from './support/missing.js';
import { type Running, until } from './support/run.js';
import { useCluster } from './support/use-cluster.js';

vi.setConfig({ testTimeout: 180_000 });

/** Stands for the network card of a machine that is off: writes the address that a magic packet names. */
const card = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (packet) => {
  const mac = packet.subarray(6, 12);
  const isMagic = packet.equals(Buffer.concat([Buffer.alloc(6, 255), ...Array(16).fill(mac)]));
  if (isMagic) require('node:fs').writeFileSync('/run/woken', mac.toString('hex'));
});
socket.bind(9);`;

requireOrSkip(missingForCluster ?? missingForWindows ?? etcdMissing, 'A server that is switched off', () => {
  const cluster = useCluster({
    servers: [
      { name: 's1', info: 'refused' },
      { name: 's2', info: 'refused' },
    ],
  });
  const mac = '02:00:00:00:77:02';
  const env = { LDM_SERVER: 's1 s2', LDM_SERVER_MAC: `s2=${mac}`, LDM_PROBE_TIMEOUT: '1', LDM_CONNECT_TIMEOUT: '2' };
  let screen: ClientScreen;
  let ldm: Running | undefined;
  let listening: Running | undefined;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    for (const { host } of cluster().servers) await host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock\n', 0o755);
    return () => screen.stop();
  });
  beforeEach(async () => {
    const { host } = cluster().server('s2');
    await host.sh('rm -f /run/woken');
    listening = host.start([process.execPath, '-e', card], { timeoutMs: 600_000 });
    await until('its network card listens', async () => / 00000000:0009 /.test(await host.read('/proc/1/net/udp')));
    await Promise.all(cluster().servers.map((server) => server.killSshd()));
  });
  afterEach(async () => {
    ldm?.signal('SIGTERM');
    await ldm?.done;
    listening?.signal('SIGKILL');
    await listening?.done;
  });
  const woken = () => cluster().server('s2').host.read('/run/woken');
  /** The machine has started once it was woken. */
  const boots = async (): Promise<void> => {
    await until('the packet', async () => (await woken()) !== '', 40_000);
    expect(await woken()).toBe(mac.replaceAll(':', ''));
    await cluster().server('s2').sshd.start();
  };

  it('is woken by a login that finds no other server, and gets it', async () => {
    const login = cluster().login(ada, ['hostname'], { env });
    await boots();
    expect(await login).toMatchObject({ code: 0, stdout: 's2\n' });
  });

  it('is woken too where etcd has its hardware address, and nobody is registered', async () => {
    const { host } = cluster().server('s1');
    const etcd = host.start(
      ['etcd', '--data-dir', '/run/etcd', '--log-level', 'error', '--logger', 'zap']
        .concat(['--listen-client-urls', 'http://0.0.0.0:2379', '--advertise-client-urls', 'http://s1:2379'])
        .concat(['--listen-peer-urls', 'http://127.0.0.1:2380']),
      { timeoutMs: 600_000 },
    );
    try {
      const entry = JSON.stringify({ key: toBase64('/ldm/servers/s2/mac'), value: toBase64(mac) });
      const put = `fetch('http://127.0.0.1:2379/v3/kv/put', { method: 'POST', body: '${entry}' })`;
      const command = [
        process.execPath,
        '-e',
        `${put}.then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`,
      ];
      await until('etcd', async () => (await host.run(command)).code === 0);
      const settings = { ...env, LDM_SERVER: '', LDM_SERVER_MAC: '', LDM_ETCD: 'http://s1:2379' };
      const looked = await cluster().ldm(['servers', '--json'], { env: settings });
      expect(JSON.parse(looked.stdout)).toMatchObject([{ name: 's2', state: 'down' }]);
      expect(await woken()).toBe('');
      const login = cluster().login(ada, ['hostname'], { env: settings });
      await boots();
      expect(await login).toMatchObject({ code: 0, stdout: 's2\n' });
    } finally {
      etcd.signal('SIGKILL');
      await etcd.done;
    }
  });

  it('is waited for in sight, and no more after Cancel', async () => {
    ldm = screen.startGreeter(env);
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    expect(await woken()).toBe('');
    await screen.types(ada.name);
    await sees(root, 'password text', 'Password');
    await screen.types(ada.password);
    await sees(root, 'label', 'Waking up s2. This can take a few minutes...');
    await screen.presses('Escape');
    await reads(root, 'The login was cancelled.');
    await sees(root, 'password text', 'Password');
  });

  it('is woken from the dialog, where looking alone wakes nobody', async () => {
    ldm = screen.startGreeter(env);
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    await screen.presses('alt+p');
    await sees(root, 'menu item', 'Select Server...');
    await screen.presses('s');
    const table = await sees(root, 'table', 'Servers');
    const state = (row: number) => rowOf(table, row)[3] ?? '';
    await waitFor('both down', () => [0, 1].every((row) => state(row).startsWith('down')), patienceMs);
    const button = await sees(root, 'push button', 'Wake Up');
    expect(isSensitive(button)).toBe(false);
    // By hand, to the table, to its last row.
    await screen.presses('alt+a', 'Tab', 'End');
    await waitFor('the button', () => isSensitive(button), patienceMs);
    expect(await woken()).toBe('');
    await screen.presses('alt+w');
    await waitFor('the state', () => state(1) === 'waking up...', patienceMs);
    await boots();
    await waitFor('the server', () => !/waking|down/.test(state(1)), patienceMs);
    await screen.presses('alt+o');
    await waitFor('the dialog to be gone', () => look(root, 'dialog') === undefined, patienceMs);
    await sees(root, 'label', 's2');
  });
});
