/** Everything that an evening needs: two servers, and a client that was installed by the page, on one network. */
import { fileURLToPath } from 'node:url';
import { type Link, networkPrefix, startNetwork } from '../cluster/support/network.js';
import type { Built } from '../packages/support/build-packages.js';
import { blocksOf, type CleanRoot, startCleanRoot } from '../packages/support/clean-root.js';
import { clientRoot, type MachineImage, makeImage, serverRoot } from './image.js';
import { makeOutlet, type Outlet } from './outlet.js';
import { prepareScreenReader } from './screen.js';

const pathOf = (page: string): string => fileURLToPath(new URL(`../../docs/${page}.md`, import.meta.url));

/** The names of the page, with the last parts of their addresses. */
const servers = { app1: 11, app2: 12 } as const;
export type ServerName = keyof typeof servers;

export interface Server {
  readonly root: CleanRoot;
  readonly address: string;
  readonly cable: Link;
}

export interface Stage {
  readonly servers: Readonly<Record<ServerName, Server>>;
  /** Where the client's machine is started, and what its cable is plugged into. */
  readonly client: CleanRoot;
  readonly outlet: Outlet;
  readonly image: MachineImage;
  stop(): Promise<void>;
}

export async function setStage(built: Built): Promise<Stage> {
  const clientBase = await clientRoot(built);
  const serverBase = await serverRoot(built);
  const network = await startNetwork();
  const roots: CleanRoot[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(roots.map((root) => root.stop()));
    await network.stop();
  };
  try {
    const startServer = async (name: ServerName): Promise<Server> => {
      const root = await startCleanRoot(name, serverBase, built, 'systemd');
      roots.push(root);
      const address = `${networkPrefix}${servers[name]}`;
      return { root, address, cable: await network.connect(root.host, servers[name]) };
    };
    const [app1, app2] = [await startServer('app1'), await startServer('app2')];
    const client = await startCleanRoot('client', clientBase, built);
    roots.push(client);
    await network.connect(client.host, 1);
    const machines = { app1: app1.root, app2: app2.root, client };
    await followPage('small-cluster', machines);
    await followPage('devices', machines);
    await putOnDesk(client);
    await prepareScreenReader(client);
    await allowForEmulation(client);
    await Promise.all([app1, app2].flatMap(({ root }) => [drawAtOnce(root), saveNoSession(root)]));
    const image = await makeImage(client.host, client.place);
    return { servers: { app1, app2 }, client, outlet: await makeOutlet(client.host), image, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the commands of a page of docs/, word for word; the client's before its first start. */
async function followPage(page: string, machines: Readonly<Record<ServerName | 'client', CleanRoot>>): Promise<void> {
  const byName = new Map(Object.entries(machines));
  for (const { machines: names, script } of blocksOf(pathOf(page))) {
    const run = (name: string): Promise<string> => {
      const root = byName.get(name);
      if (root === undefined) throw new Error(`the page speaks of ${name}, and there is none`);
      return root.sh(`cd /root/packages\n${script}`);
    };
    await Promise.all(names.map(run));
  }
}

/** The page's settings for what is on the desk, and CUPS for its printer. */
async function putOnDesk({ host, place, sh }: CleanRoot): Promise<void> {
  await sh('apt-get install --yes --no-install-recommends cups cups-ipp-utils');
  const settings = ['SOUND=yes', 'LDM_LOCAL_PRINTERS=yes', 'LDM_PRINTER_DEFAULT=desk', 'LOCALDEV=yes', ''].join('\n');
  await host.write(`${place}/etc/lts.conf`, `${await host.read(`${place}/etc/lts.conf`)}${settings}`);
}

/**
 * An emulated processor has no graphics card behind it: X that draws by OpenGL in software needs a minute to start, and
 * longer than the seat waits for it where others use the machine as well. So does the kernel's graphics driver. Ten minutes
 * without a key may be ten minutes of work, and the key that wakes a dark screen is not typed.
 */
async function allowForEmulation({ host, place, sh }: CleanRoot): Promise<void> {
  const device = ['Identifier "card"', 'Driver "modesetting"', 'Option "AccelMethod" "none"'];
  const section = ['Section "Device"', ...device, 'EndSection', ''].join('\n');
  await host.write(`${place}/etc/X11/xorg.conf.d/90-test.conf`, section);
  await sh("printf 'LDM_SEAT_XTIMEOUT=240\\nLDM_SEAT_GRAPHICS_TIMEOUT=120\\nLDM_SCREEN_OFF=0\\n' >>/etc/ldm/seat.conf");
}

/** Windows are drawn on the screen itself: without OpenGL, the window manager would draw every picture twice. */
async function drawAtOnce({ host, place }: CleanRoot): Promise<void> {
  const general = '<property name="use_compositing" type="bool" value="false"/>';
  await host.write(
    `${place}/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfwm4.xml`,
    `<channel name="xfwm4" version="1.0"><property name="general" type="empty">${general}</property></channel>\n`,
  );
}

/**
 * Each login gets the whole desktop. At the end of a session Xfce saves which programs ran, and starts only those next
 * time; on an emulated client some are too slow to answer, and would be missing.
 */
async function saveNoSession({ sh }: CleanRoot): Promise<void> {
  const file = '/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/xfce4-session.xml';
  const property = '<property name="SaveOnExit" type="bool" value="false"/>';
  await sh(`sed -i 's|<property name="general" type="empty">|&${property}|' ${file}; grep -q SaveOnExit ${file}`);
}
