import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Accessible,
  connectAccessibility,
  findApplication,
  look,
  textOf,
} from '../../ui/support/accessibility.js';
import { waitFor } from '../../ui/support/wait.js';
import type { Cluster } from './cluster.js';
import { checkout } from './host.js';
import { type Running, until } from './run.js';

/** The screen of the cluster's client, with somebody in front of it. */
export interface ClientScreen {
  /** For programs of the client that use the screen and its accessibility bus. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts `ldm greeter`. */
  startGreeter(env?: Readonly<Record<string, string>>): Running;
  /** The number of the greeter's process, as the client counts; undefined where there is none. */
  greeter(): Promise<number | undefined>;
  /** The widgets of the greeter, once it is on the screen; of another than `not`. */
  widgets(not?: number): Promise<{ readonly pid: number; readonly root: Accessible }>;
  /** The same of another program with windows, by a part of its command line. */
  widgetsOf(program: string, not?: number): Promise<{ readonly pid: number; readonly root: Accessible }>;
  /** Types on the keyboard, and presses Enter. */
  types(line: string): Promise<void>;
  presses(...keys: readonly string[]): Promise<void>;
  /** Ends the X server at once, with all its clients. */
  killX(): Promise<void>;
  stop(): void;
}

/** Any of it may take long on a busy machine. */
export const patienceMs = 40_000;

/**
 * Starts Xvfb and a D-Bus session on the client. The bus lies in a folder that this process and the client both see,
 * so that the windows can be looked at from here.
 */
export async function startClientScreen(cluster: Cluster): Promise<ClientScreen> {
  const { client } = cluster;
  const cache = join(checkout, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const home = mkdtempSync(join(cache, 'screen-'));
  // Shows the network cards of the process that mounts it.
  await client.sh('mount -t sysfs -o ro sysfs /sys');
  await cluster.startX();
  const { DISPLAY = '', XAUTHORITY = '' } = cluster.environment;
  const address = `unix:path=${home}/bus`;
  const buses = { HOME: home, XDG_RUNTIME_DIR: home, DBUS_SESSION_BUS_ADDRESS: address, GSETTINGS_BACKEND: 'memory' };
  const env = { DISPLAY, XAUTHORITY, ...buses };
  client.start(['dbus-daemon', '--session', '--nofork', '--nopidfile', `--address=${address}`], {
    env,
    timeoutMs: 3_600_000,
  });
  await until('the session bus', async () => (await client.run(['test', '-S', `${home}/bus`])).code === 0);
  // Not the display: here it is another's.
  connectAccessibility({ display: DISPLAY, env: buses, home, resize: async () => {}, stop: async () => {} });

  const processOf = async (program: string): Promise<number | undefined> =>
    [...(await client.processes())].find(([, command]) => command.includes(program))?.[0];
  const greeter = (): Promise<number | undefined> => processOf('greeter.cjs');
  const widgetsOf = (program: string, not?: number) =>
    waitFor(
      `${program} on the screen`,
      async () => {
        const pid = await processOf(program);
        return pid === undefined || pid === not ? undefined : { pid, root: await findApplication(pid) };
      },
      patienceMs,
    );
  const xdotool = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await client.run(['xdotool', ...words], { env });
    if (code !== 0) throw new Error(`xdotool ${words[0]}: ${stderr}`);
  };
  return {
    env,
    startGreeter: (more) => cluster.startLdm(['greeter'], { env: { ...env, ...more }, timeoutMs: 300_000 }),
    greeter,
    widgets: (not) => widgetsOf('greeter.cjs', not),
    widgetsOf,
    async types(line) {
      if (line !== '') await xdotool('type', '--delay', '12', line);
      await xdotool('key', 'Return');
    },
    presses: (...keys) => xdotool('key', ...keys),
    async killX() {
      const [pid] = [...(await client.processes())].find(([, command]) => command.startsWith('Xvfb')) ?? [];
      await client.sh(`kill -KILL ${pid}`);
      await client.sh(`rm -f /tmp/.X11-unix/X${DISPLAY.slice(1)} /tmp/.X${DISPLAY.slice(1)}-lock`);
    },
    stop: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Waits for a widget on the screen, as long as a busy machine needs. */
export function sees(root: Accessible, role: string, name: string): Promise<Accessible> {
  return waitFor(`${role} "${name}" on the screen`, () => look(root, role, name), patienceMs);
}

/** Waits until the status tells it, and gives all that it tells. */
export async function reads(root: Accessible, words: string): Promise<string> {
  const status = (): string => textOf(look(root, 'text', 'Status') ?? root);
  await waitFor(`"${words}" in the status`, () => status().includes(words), patienceMs);
  return status();
}
