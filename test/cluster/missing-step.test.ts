import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Accessible, look, textOf } from '../ui/support/accessibility.js';
import { missingForWindows } from '../ui/support/missing.js';
import { waitFor } from '../ui/support/wait.js';
import { type ClientScreen, reads, sees, startClientScreen } from './support/client-screen.js';
import { type Dns, startDns } from './support/dns.js';
import { missingForCluster } from './support/missing.js';
import { deadAddress, networkPrefix } from './support/network.js';
import type { Running } from './support/run.js';
import { useCluster } from './support/use-cluster.js';
import { missingForClock, prepareWallClock, type WallClock } from './support/wall-clock.js';

vi.setConfig({ testTimeout: 240_000 });

/** Servers are asked again after a while, and later from time to time. */
const patienceMs = 90_000;
const outside = '10.99.0.1';
const yearsBack = -30 * 365 * 24 * 3_600;

const said = {
  cable: 'No network: check whether the network cable is plugged in.',
  address: 'This computer has no network address yet.',
  route: 'This computer has no route to the servers.',
  nameServer: 'The name server of this network does not answer.',
  names: "The servers' names are not known in this network.",
  servers: 'No server can be reached right now.',
  clock: 'The clock of this computer is wrong.',
} as const;

const missing = missingForCluster ?? missingForWindows ?? missingForClock;
requireOrSkip(missing, 'The login screen of a client that lacks something', () => {
  const cluster = useCluster({ servers: [{ name: 's1' }] });
  let screen: ClientScreen;
  let dns: Dns;
  let clock: WallClock;
  beforeAll(async () => {
    screen = await startClientScreen(cluster());
    dns = await startDns(cluster().network, {});
    clock = await prepareWallClock(cluster().client);
    return async () => {
      screen.stop();
      await dns.stop();
    };
  });
  let ldm: Running | undefined;
  afterEach(async () => {
    ldm?.signal('SIGTERM');
    await ldm?.done;
  });

  const start = async (env: Readonly<Record<string, string>>): Promise<Accessible> => {
    ldm = screen.startGreeter(env);
    const { root } = await screen.widgets();
    await sees(root, 'text', 'Username');
    return root;
  };
  const says = (root: Accessible): string => textOf(look(root, 'text', 'Status') ?? root);
  /** Waits for a sentence, which is the only one of its kind. */
  const readsOnly = async (root: Accessible, sentence: string): Promise<void> => {
    await waitFor(`"${sentence}" in the status`, () => says(root).includes(sentence), patienceMs);
    expect(Object.values(said).filter((one) => says(root).includes(one))).toEqual([sentence]);
  };
  const readsNone = (root: Accessible) =>
    waitFor('the sentences to go', () => !Object.values(said).some((one) => says(root).includes(one)), patienceMs);

  it('says which of cable and address is missing, as soon as it is, and until it is there', async () => {
    const { client, cable } = cluster();
    await client.write('/etc/resolv.conf', 'nameserver 192.0.2.53\n');
    const root = await start({ LDM_SERVER: 's1' });
    await readsNone(root);
    await cable.cut();
    await readsOnly(root, said.cable);
    await client.sh('ip addr flush dev eth0 scope global');
    await cable.restore();
    await readsOnly(root, said.address);
    await client.write('/etc/resolv.conf', '');
    await client.sh(`ip addr add ${networkPrefix}1/24 dev eth0`);
    await readsNone(root);
  });

  it('says that there is no route, and then that no server answers behind it', async () => {
    const root = await start({ LDM_SERVER: outside });
    await readsOnly(root, said.route);
    await cluster().client.sh(`ip route add default via ${networkPrefix}11`);
    await readsOnly(root, said.servers);
    await cluster().client.sh('ip route del default');
    await readsOnly(root, said.route);
  });

  it('says whether the name server is silent or does not know the names', async () => {
    const { client } = cluster();
    await client.write('/etc/resolv.conf', `nameserver ${deadAddress}\n`);
    const root = await start({ LDM_SERVER: 'lost.school.test' });
    await readsOnly(root, said.nameServer);
    await client.write('/etc/resolv.conf', `nameserver ${dns.address}\n`);
    await readsOnly(root, said.names);
    await dns.answer({ 'lost.school.test': cluster().server('s1').link.address });
    await readsNone(root);
  });

  it('says that no server answers, until one does', async () => {
    await cluster().server('s1').link.drop();
    const root = await start({ LDM_SERVER: 's1' });
    await readsOnly(root, said.servers);
    await cluster().server('s1').link.restore();
    await readsNone(root);
    // The name is still in the entry, and nothing was tried with it.
    await screen.types('ada');
    await sees(root, 'password text', 'Password');
  });

  it('says that the clock is wrong, until it is set', async () => {
    await clock.set(yearsBack);
    const root = await start({ LDM_SERVER: 's1', ...clock.env });
    await reads(root, said.clock);
    await clock.set(0);
    await readsNone(root);
  });
});
