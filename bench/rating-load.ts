/**
 * Whether the rating predicts the time of a login: under five kinds of load on a real sshd, the rating of ldminfod and the
 * time from Enter to the first window. --out FILE keeps each login (FILE.csv).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseServerInfo } from '../src/protocol/info-service.js';
import { infoPort } from '../test/cluster/support/app-server.js';
import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';
import { until } from '../test/cluster/support/run.js';
import { startScreen } from './client-host.js';
import { startWorker } from './client-worker.js';
import { LimitedServer, missingForLimits } from './limited-server.js';
import { median } from './measure.js';
import { rankCorrelation } from './rank-correlation.js';
import { machine } from './report.js';
import type { LoginTask } from './task.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'cpu,memory,disk,forks,idle' },
    logins: { type: 'string', default: '3' },
    settle: { type: 'string', default: '15' },
    out: { type: 'string' },
  },
});
const [loginsEach, settleMs] = [Number(options.logins), Number(options.settle) * 1_000];
const limits = { cores: 1, megabytes: 1_024, diskMegabytesPerSecond: 50 };
const capacity = 40;

/** One kind of load on the server. `$FILES` is a directory on its disk. */
interface Kind {
  readonly levels: readonly number[];
  readonly of: string;
  readonly script: (level: number) => string;
}

const times = (count: number, script: string): string => `for i in $(seq ${count}); do ${script} & done; wait`;
const kinds: Readonly<Record<string, Kind>> = {
  cpu: {
    of: 'busy loops',
    levels: [0, 1, 2, 4, 8],
    script: (level) => times(level, '(while :; do :; done)'),
  },
  memory: {
    of: 'MB held, beside programs that use 150 MB of files',
    levels: [0, 500, 700, 800, 850, 880],
    script: (level) =>
      `(while :; do cat "$FILES/used" >/dev/null; sleep 0.2; done) & ` +
      `perl -e 'vec($held, (${level} << 20) + 1, 8) = 1; sleep 3600'`,
  },
  disk: {
    of: 'readers past the cache',
    levels: [0, 1, 2, 4, 8],
    script: (level) =>
      times(level, '(while :; do dd if="$FILES/used" of=/dev/null bs=256k iflag=direct 2>/dev/null; done)'),
  },
  forks: {
    of: 'loops that start programs',
    levels: [0, 1, 2, 4, 8],
    script: (level) => times(level, '(while :; do /bin/true; done)'),
  },
  idle: { of: 'idle sessions', levels: [0, 5, 10, 20, 35], script: () => ':' },
};

/** A simplified desktop: programs from the cache of the disk, settings from the disk, some work, a window. */
const desktop = [
  'cat $FILES/programs >/dev/null',
  'dd if=$FILES/settings of=/dev/null bs=64k iflag=direct 2>/dev/null',
  `perl -e 'vec($memory, 40 << 20, 8) = 1; $sum += $_ for 1 .. 2_000_000'`,
  'exec xclock',
].join('; ');

/** The title of a process that serves a session. Since OpenSSH 9.8 it is sshd-session. */
const session = new RegExp(`^sshd(-session)?: ${ada.name}@`);

interface Login {
  readonly kind: string;
  readonly level: number;
  readonly rating: number;
  readonly parts: string;
  readonly ms: number;
}

const missing = missingForLimits();
if (missing !== undefined) throw new Error(missing);
mkdirSync(join(checkout, 'node_modules/.cache'), { recursive: true });
const folder = mkdtempSync(join(checkout, 'node_modules/.cache/rating-load-'));
for (const [name, megabytes] of Object.entries({ used: 150, programs: 48, settings: 8 })) {
  const file = join(folder, name);
  writeFileSync(file, Buffer.alloc(megabytes * 2 ** 20, name), { mode: 0o644 });
  // Removed from the cache, which counts as memory of the first reader, and that has to be the server.
  execFileSync('sync', [file]);
  execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}
const cluster = await Cluster.start({ servers: [{ name: 's1', info: 'refused', config: ['MaxSessions 100'] }] });
const { host } = cluster.server('s1');
const server = new LimitedServer(host, { ...limits, folder });
const all: Login[] = [];
try {
  await host.sh('sed -i 1d /etc/pam.d/sshd');
  // The load average is that of the whole machine, including clients. The pressure is that of the server.
  await host.sh(': >/run/nothing && mount --bind /run/nothing /proc/loadavg');
  await host.sh(`mkdir -p /run/files && mount --bind ${folder} /run/files && chmod 755 /run/files`);
  await server.takeIn();
  server.start(`exec ${checkout}/bin/ldminfod --capacity ${capacity}`);
  await until('ldminfod', () => host.listens(infoPort));
  const worker = startWorker(cluster.client, await startScreen(cluster.client));
  const task: LoginTask = {
    do: 'log-in',
    user: ada.name,
    password: ada.password,
    command: `FILES=/run/files; ${desktop}`,
    servers: 'asked-before',
    untilWindow: true,
    env: { ...cluster.environment, LDM_CONNECT_TIMEOUT: '60' },
  };
  // The first login reads every file from the disk, and is not counted.
  await worker.measure(task);
  for (const [kind, { levels, of, script }] of Object.entries(kinds)) {
    if (!options.only.split(',').includes(kind)) continue;
    for (const level of levels) {
      const idle = kind === 'idle' ? await idleSessions(level) : undefined;
      const end = server.start(`FILES=/run/files; ${script(level)}`);
      await sleep(settleMs);
      for (let login = 0; login < loginsEach; login++) {
        const { rating, parts } = await told();
        const answer = await worker.ask(task);
        if (answer.kind === 'failed') process.stderr.write(`rating-load: ${kind} ${level}: ${answer.problem}\n`);
        else all.push({ kind, level, rating, parts, ms: Math.round(answer.ms) });
        await sleep(1_000);
      }
      await end();
      idle?.signal('SIGKILL');
      const here = all.filter((one) => one.kind === kind && one.level === level);
      const [rating, ms] = [median(here.map((one) => one.rating)), median(here.map((one) => one.ms))];
      process.stderr.write(`rating-load: ${level} ${of}: rating ${rating}, ${ms} ms (${here.at(-1)?.parts})\n`);
    }
    await sleep(settleMs);
  }
  worker.stop();
} finally {
  await cluster.stop();
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${machine()}\n\n${table()}\n`);
if (options.out !== undefined) {
  mkdirSync(dirname(options.out), { recursive: true });
  const lines = all.map(({ kind, level, rating, ms, parts }) =>
    [kind, level, rating, ms, JSON.stringify(parts)].join(),
  );
  writeFileSync(`${options.out}.csv`, `load,level,rating,ms to the first window,parts\n${lines.join('\n')}\n`);
}

/** The current rating for clients, and its parts. */
async function told(): Promise<{ rating: number; parts: string }> {
  const { stdout } = await host.run(['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${infoPort}; cat <&3`]);
  const { stdout: parts } = await host.run([`${checkout}/bin/ldminfod`, 'status', '--verbose']);
  const part = (name: string): string => new RegExp(`^${name} part: (\\d+)`, 'm').exec(parts)?.[1] ?? '?';
  const names = ['sessions', 'processor', 'memory', 'disk'];
  return {
    rating: parseServerInfo(stdout)?.rating ?? Number.NaN,
    parts: names.map((name) => `${name} ${part(name)}`).join(' '),
  };
}

/** Starts idle sessions of one client. */
async function idleSessions(count: number): Promise<ReturnType<typeof cluster.startLogin> | undefined> {
  if (count === 0) return undefined;
  const password = `/run/password`;
  await cluster.client.write(password, `${ada.password}\n`, 0o600);
  const login = `SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force ssh -n ${ada.name}@s1 exec sleep 3600`;
  await cluster.client.write('/run/askpass', `#!/bin/sh\ncat ${password}\n`, 0o755);
  const running = cluster.client.start(['sh', '-c', times(count, `(sleep $((i / 4)); ${login})`)], {
    timeoutMs: 3_600_000,
  });
  await until(
    `${count} idle sessions`,
    async () => [...(await host.processes()).values()].filter((line) => session.test(line)).length >= count,
    120_000,
  );
  return running;
}

function table(): string {
  const rows = Object.entries(kinds).flatMap(([kind, { levels, of }]) => {
    const here = all.filter((one) => one.kind === kind);
    if (here.length === 0) return [];
    const cells = levels.map((level) => {
      const at = here.filter((one) => one.level === level);
      return `${level}: ${median(at.map(({ rating }) => rating))}, ${median(at.map(({ ms }) => ms))} ms`;
    });
    const correlation = rankCorrelation(here.map(({ rating, ms }) => [rating, ms]));
    return [`| ${kind} (${of}) | ${cells.join('; ')} | ${correlation.toFixed(2)} |`];
  });
  const together = rankCorrelation(all.map(({ rating, ms }) => [rating, ms]));
  return [
    '| load | level: rating, first window | rank correlation |',
    '|---|---|---|',
    ...rows,
    `| all | | ${together.toFixed(2)} |`,
  ].join('\n');
}
