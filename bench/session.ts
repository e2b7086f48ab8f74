import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';
import { bareSession } from './bare-programs.js';
import { startScreen } from './client-host.js';
import { startWorker } from './client-worker.js';
import { measureInTurn, median, type Side } from './measure.js';
import type { Row } from './report.js';

const askpass = '/run/askpass';
/** Half the time of LDM 2.18 (620 ms on an idle machine with two cores). */
const wantedMs = 310;
/** On Debian 12. */
const wantedMegabytes = 48;
/** x11perf sends a million bytes for each of these (500 by 500 points of 4 bytes). */
const bytesEach = 1_000_000;

/** From Enter to the first window of the session, and the memory after the greeter has ended. */
export async function sessionRows(runs: number): Promise<Row[]> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  try {
    const screen = await startScreen(cluster.client);
    await cluster.server('s1').host.write('/etc/X11/Xsession', '#!/bin/sh\nexec xclock -name session\n', 0o755);
    await cluster.client.write(askpass, `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
    const worker = startWorker(cluster.client, screen);
    const held: { ldm: number[]; ssh: number[]; bare: number[] } = { ldm: [], ssh: [], bare: [] };
    const [ldm, ssh] = await measureInTurn(
      runs,
      new Map([
        [
          'ldm',
          async () => {
            const { ms, megabytes } = await worker.measure({
              do: 'greeter-session',
              command: [`${checkout}/bin/ldm`],
              user: ada.name,
              password: ada.password,
              env: cluster.environment,
            });
            held.ldm.push(megabytes ?? Number.NaN);
            return ms;
          },
        ],
        [
          '`ssh -Y` as it comes',
          async () => {
            const env = { ...cluster.environment, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
            const command = ['ssh', '-Y', `${ada.name}@s1`, 'xclock -name session'];
            const { ms, megabytes } = await worker.measure({ do: 'start-window', command, env, memoryAfterMs: 2_000 });
            held.ssh.push(megabytes ?? Number.NaN);
            return ms;
          },
        ],
        [
          'ssh2 alone',
          async () => {
            const { address } = cluster.server('s1');
            const node = bareSession(address, ada.name, 'xclock -name session');
            const env = { ...cluster.environment, NODE_EXTRA_CA_CERTS: '' };
            const task = { do: 'start-window', command: node, env, input: ada.password } as const;
            const { ms, megabytes } = await worker.measure({ ...task, memoryAfterMs: 4_000 });
            held.bare.push(megabytes ?? Number.NaN);
            return ms;
          },
        ],
      ]),
    );
    worker.stop();
    if (!ldm || !ssh) throw new Error('a side is missing');
    const side = (name: string, values: readonly number[]): Side => ({ name, values: values.slice(1) });
    return [
      {
        what: 'Enter to the first window of the session',
        unit: 'ms',
        ours: ldm,
        other: ssh,
        wanted: { value: 'at most', limit: wantedMs },
      },
      {
        what: 'Memory while the session runs, the greeter gone',
        unit: 'MB',
        ours: side('ldm', held.ldm),
        other: side('`ssh -Y`', held.ssh),
        wanted: { value: 'at most', limit: wantedMegabytes },
      },
      {
        what: 'Memory while the session runs, the greeter gone',
        unit: 'MB',
        ours: side('ldm', held.ldm),
        other: side('Node with ssh2 and nothing of ldm', held.bare),
      },
    ];
  } finally {
    await cluster.stop();
  }
}

/** The memory of ldm after X traffic of this many GB, compared with the first quarter. */
export async function volumeRows(gigabytes: number): Promise<Row[]> {
  const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
  try {
    await cluster.startX();
    const reps = Math.ceil((gigabytes * 1e9) / bytesEach / 10);
    const login = cluster.startLogin(
      ada,
      [`x11perf -repeat 10 -reps ${reps} -putimage500 >/dev/null 2>&1; echo done`],
      {
        args: ['--server', 's1'],
        timeoutMs: 4 * 3_600_000,
      },
    );
    const samples: number[] = [];
    let over = false;
    void login.done.then(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const text = await cluster.client.sh(
        'for p in /proc/[0-9]*; do if tr "\\0" " " <$p/cmdline 2>/dev/null | grep -q "ldm.cjs login"; then cat $p/smaps_rollup; fi; done || true',
      );
      const kilobytes = [...text.matchAll(/^Private_(?:Dirty|Clean):\s+(\d+)/gm)].map((match) => Number(match[1]));
      if (kilobytes.length > 0) samples.push(kilobytes.reduce((sum, one) => sum + one, 0) / 1_024);
    }
    const part = Math.max(1, Math.floor(samples.length / 4));
    return [
      {
        what: `Memory of its own after ${gigabytes} GB of X traffic, against the first quarter`,
        unit: 'MB',
        ours: { name: 'ldm', values: [median(samples.slice(-part))] },
        other: { name: 'in the first quarter', values: [median(samples.slice(part, 2 * part))] },
        wanted: { ratio: 'at most', limit: 1.1 },
        note: `most: ${Math.max(...samples).toFixed(0)} MB`,
      },
    ];
  } finally {
    await cluster.stop();
  }
}
