import { expect } from 'vitest';
import type { Cluster } from '../support/cluster.js';
import type { Host } from '../support/host.js';
import { until } from '../support/run.js';

/** What the tests themselves run on the client. */
const own = /^(Xvfb|dbus-daemon|\S*\/(at-spi-bus-launcher|at-spi2-registryd|dbus-daemon)) /;
const ownFiles =
  /^(|\/tmp\/\.X7-lock|\/run\/(ldm-state\/(demotions\.json|ssh-ports\.json|notice-.*)|(full|mount|xvfb|xauthority|known|test-).*))$/;

/**
 * Of `ldm`, nothing is left on the client: no process, no connection, no X client, and no file but its memory of
 * failures and of ssh ports, and what the next login screen is to tell.
 */
export async function expectNothingLeft({ client, environment }: Cluster): Promise<void> {
  const running = [...(await client.processes()).values()].filter((command) => !own.test(`${command} `));
  expect(running).toEqual([]);
  const tables = await Promise.all(['tcp', 'tcp6', 'udp'].map((table) => client.read(`/proc/1/net/${table}`)));
  // proc(5): state 01 is established, 02 being connected; what waits out its end (06) is the kernel's.
  const open = tables.flatMap((table) => table.split('\n').filter((line) => /^ *\d+: \S+ \S+ 0[12] /.test(line)));
  expect(open).toEqual([]);
  if (environment.DISPLAY !== undefined) {
    await until('no X client is left', async () => (await windowsOf(client, environment)).length === 0, 2_000);
  }
  const files = await client.sh('find /tmp /run -xdev -type f -not -path "/run/etc/*"');
  expect(files.split('\n').filter((file) => !ownFiles.test(file))).toEqual([]);
}

/** The clients of the client's display, as it tells itself; none where there is no X server. */
async function windowsOf(client: Host, env: Readonly<Record<string, string>>): Promise<string[]> {
  const { stdout } = await client.run(['xlsclients'], { env });
  return stdout.split('\n').filter((line) => line !== '');
}
