import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Running, run, start, until } from '../cluster/support/run.js';
import { greeterOf } from '../support/processes.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import {
  type Accessible,
  connectAccessibility,
  find,
  findApplication,
  has,
  type Place,
  placeOf,
  rowsOf,
} from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { checkout } from './support/greeter.js';
import { press, screenshot } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { waitFor } from './support/wait.js';

const ldminfod = join(checkout, 'bin/ldminfod');
const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

requireOrSkip(missingForWindows, "ldm's greeter before the project's own ldminfod", () => {
  let desktop: Desktop;
  let folder: string;
  let root: Accessible;
  let ldm: ChildProcess;
  const running: Running[] = [];
  const ssh: Server[] = [];
  const drainFile = (address: string): string => join(folder, `${address}.draining`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-drain-'));
    writeFileSync(join(folder, 'empty.conf'), '');
    // The info services see that something listens; nobody connects to it.
    const sshPort = await freePort();
    for (const address of addresses) ssh.push(await listen(address, sshPort));
    const infoPort = await freePort();
    for (const address of addresses) {
      const where = ['--config', join(folder, 'empty.conf'), '--listen', address, '--port', String(infoPort)];
      const what = ['--ssh-port', String(sshPort), '--fixed-rating', '60', '--drain-file', drainFile(address)];
      const one = start([ldminfod, ...where, ...what], { timeoutMs: 300_000 });
      running.push(one);
      await until(`ldminfod on ${address}`, () => /listening/.test(one.stderr()));
    }
    desktop = await startDesktop();
    connectAccessibility(desktop);
    ldm = spawn(join(checkout, 'bin/ldm'), ['greeter'], {
      env: {
        ...desktop.env,
        LDM_SERVER: addresses.map((address) => `${address}:${sshPort}`).join(' '),
        LDM_INFO_PORT: String(infoPort),
        LDM_STATE_DIR: folder,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    root = await findApplication(await waitFor('the process of the windows', () => greeterOf(ldm.pid)));
  });
  afterAll(async () => {
    ldm?.kill('SIGTERM');
    for (const one of running) one.signal('SIGKILL');
    for (const server of ssh) server.close();
    await desktop?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows a drained server in gray after one Refresh, and takes it back after the next', async () => {
    // As at the first try, should this be the second.
    rmSync(drainFile('127.0.0.3'), { force: true });
    await find(root, 'text', 'Username');
    await press(desktop, 'Escape');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Select Server...');
    await press(desktop, 's');
    const dialog = await find(root, 'dialog', 'Select Server');
    (await find(dialog, 'check box', 'Automatic')).doAction(0);
    const table = await find(root, 'table', 'Servers');
    const states = (): string[] => rowsOf(table).map((row) => row[3] ?? '');
    const contrasts = (): Promise<number[]> =>
      contrastsOf(
        desktop,
        folder,
        addresses.map((_, row) => placeOf(table.getAccessibleAt(row, 0))),
      );
    const refresh = async (): Promise<void> => {
      (await find(root, 'push button', 'Refresh')).doAction(0);
    };
    await waitFor('all answers', () => states().every((state) => state === 'up'));
    const usual = await waitFor('all in black', async () => {
      const [first = 0, ...others] = await contrasts();
      return first > 0.4 && others.every((other) => Math.abs(other - first) < 0.05) && first;
    });

    const drained = await run([ldminfod, 'drain', '--drain-file', drainFile('127.0.0.3'), '--reason', 'new disk']);
    expect(drained.stdout).toContain('takes no new logins');
    await refresh();
    await waitFor('the drained server', () => states().join() === 'up,draining: "new disk",up');
    await waitFor('it is gray', async () => {
      const [first = 0, drained = 1, third = 0] = await contrasts();
      return drained < 0.75 * Math.min(first, third);
    });
    table.addRowSelection(1);
    expect(has(await find(root, 'push button', 'OK'), 'SENSITIVE')).toBe(false);

    expect((await run([ldminfod, 'undrain', '--drain-file', drainFile('127.0.0.3')])).stdout).toContain('again');
    await refresh();
    await waitFor('it is back', () => states()[1] === 'up');
    await waitFor('it is black again', async () => ((await contrasts())[1] ?? 0) > 0.9 * usual);
  });
});

/** How far text stands out from its ground at each place, 0-1: GTK tells nobody but the eye that a cell is gray. */
async function contrastsOf(desktop: Desktop, folder: string, places: readonly Place[]): Promise<number[]> {
  const picture = join(folder, 'screen.png');
  await screenshot(desktop, picture);
  const one = async ({ x, y, width, height }: Place): Promise<number> => {
    const crop = [picture, '-crop', `${width}x${height}+${x}+${y}`, '+repage', '-colorspace', 'gray'];
    return Number((await run(['convert', ...crop, '-format', '%[fx:maxima-minima]', 'info:'])).stdout);
  };
  return Promise.all(places.map(one));
}

/** A port that is free on every one of the addresses, at this moment. */
async function freePort(): Promise<number> {
  const server = await listen('0.0.0.0', 0);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve(server));
  });
}
