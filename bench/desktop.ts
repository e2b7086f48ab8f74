import { existsSync } from 'node:fs';
import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';
import { bareSession } from './bare-programs.js';
import { startScreen } from './client-host.js';
import { startWorker } from './client-worker.js';
import { skipped } from './compiled.js';
import { type Measure, measureInTurn, pause, type Side } from './measure.js';
import type { Row } from './report.js';
import type { Line } from './x11-ways.js';

const askpass = '/run/askpass';
const xsession = '/etc/X11/Xsession';
const desktops = [
  { name: 'Xfce', program: '/usr/bin/xfce4-session', panel: '/usr/bin/xfce4-panel' },
  { name: 'MATE', program: '/usr/bin/mate-session', panel: '/usr/bin/mate-panel' },
];
/** ms after which a program that waits for its password has loaded everything. */
const loadedAfterMs = 1_000;
/** Of a login that has just ended. */
const patienceMs = 20_000;

/** From Enter, and from the start of the command, to the panel of a desktop on the screen. */
export async function desktopRows(runs: number, line?: Line): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, program, panel } of desktops) {
    if (!existsSync(program) || !existsSync(panel)) {
      skipped(name, 'it is not installed');
      continue;
    }
    try {
      rows.push(...(await rowsOf(name, program, runs, line)));
    } catch (error) {
      if (line === undefined) throw error;
      // Over a slow line, Xfce ends before it has a panel, with `ssh -Y` as well.
      process.stderr.write(`bench: left out: ${name}: ${(error as Error).message}\n`);
    }
  }
  return rows;
}

async function rowsOf(name: string, program: string, runs: number, line: Line | undefined): Promise<Row[]> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  const { client } = cluster;
  const { host, link } = cluster.server('s1');
  try {
    const screen = await startScreen(client);
    await host.write(xsession, `#!/bin/sh\nexec dbus-run-session -- ${program}\n`, 0o755);
    await client.write(askpass, `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
    if (line) await link.slow(line.delayMs, line.megabits);
    const worker = startWorker(client, screen);
    const env = { ...cluster.environment, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    /** Each desktop starts on a server and on a screen where nothing of the last one is left. */
    const alone =
      (measure: Measure): Measure =>
      async () => {
        const value = await measure();
        for (const began = performance.now(); performance.now() - began < patienceMs; await pause(100)) {
          if (![...(await host.processes()).values()].some((command) => isOfSession(command))) break;
        }
        await pause(500);
        return value;
      };
    const used = { ldm: [] as number[], ssh: [] as number[] };
    const started = (
      uses: number[],
      command: readonly string[],
      given: { input?: string; inputAfterMs?: number },
    ): Measure =>
      alone(async () => {
        const task = { do: 'start-window', command, env, untilPanel: true, ...given } as const;
        const { ms, processorMs = Number.NaN } = await worker.measure(task);
        uses.push(processorMs);
        return ms;
      });
    const ssh2Alone = bareSession(cluster.server('s1').address, ada.name, xsession);
    const [greeter, login, ssh, bare, waiting] = await measureInTurn(
      runs,
      new Map([
        [
          'greeter',
          alone(async () => {
            const command = [`${checkout}/bin/ldm`];
            const task = { do: 'greeter-session', command, user: ada.name, password: ada.password, env } as const;
            return (await worker.measure({ ...task, untilPanel: true })).ms;
          }),
        ],
        [
          'ldm login',
          started(
            used.ldm,
            [`${checkout}/bin/ldm`, 'login', '--user', ada.name, '--password-file', '-', '--', xsession],
            { input: `${ada.password}\n` },
          ),
        ],
        ['`ssh -Y`', started(used.ssh, ['ssh', '-Y', `${ada.name}@s1`, xsession], {})],
        ['Node with ssh2 and nothing of ldm', started([], ssh2Alone, { input: ada.password })],
        [
          'Node with ssh2 and nothing of ldm, which waits for the password',
          started([], ssh2Alone, { input: ada.password, inputAfterMs: loadedAfterMs }),
        ],
      ]),
    );
    worker.stop();
    if (!greeter || !login || !ssh || !bare || !waiting) throw new Error('a side is missing');
    const where = line ? `, ${line.delayMs} ms each way` : '';
    const row = (what: string, ours: Side, other: Side, limit?: number): Row => ({
      what: `${name}: ${what} to the panel${where}`,
      unit: 'ms',
      ours,
      other,
      ...(limit !== undefined && { wanted: { ratio: 'at most', limit } }),
    });
    // Without the first turn, which warms the caches.
    const side = (name: string, values: readonly number[]): Side => ({ name, values: values.slice(1) });
    return [
      row('Enter in the greeter', greeter, ssh, 1),
      row('Enter in the greeter', greeter, waiting),
      row('start of the command', login, ssh, 1.1),
      row('start of the command', login, bare),
      {
        what: `${name}: processor time of the client's process, from the start of the command to the panel${where}`,
        unit: 'ms',
        ours: side('ldm login', used.ldm),
        other: side('`ssh -Y`', used.ssh),
      },
    ];
  } finally {
    await cluster.stop();
  }
}

/** Not sshd that listens, nor the services of the cluster. */
function isOfSession(command: string): boolean {
  return /^sshd: ada|dbus|xfce|xfconf|mate|marco|caja|gvfs|at-spi|dconf/i.test(command);
}
