import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { startWorker, type Worker } from './client-worker.js';
import { median, quantile, type Side } from './measure.js';
import type { Row } from './report.js';

const living = 20;
const silent = 10;
/** A login is successful if it reaches a living server within this many ms. */
const inTimeMs = 10_000;
/** Number of parallel logins. */
const atOnce = 8;
const batch = 20;

/**
 * Logins of clients that do not know of any failures, alternately on a healthy cluster and on the same cluster with ten
 * more servers that are silently dead: in batches of parallel logins.
 */
export async function failoverRows(logins: number): Promise<Row[]> {
  const names = Array.from({ length: living }, (_, at) => ({ name: `s${at + 1}` }));
  const cluster = await Cluster.start({ servers: names });
  try {
    // Packets to these addresses are lost.
    const dead = Array.from({ length: silent }, (_, at) => `10.77.0.${200 + at}`);
    const pin = (address: string): string =>
      `ip neigh replace ${address} lladdr 02:00:00:4d:00:fa dev eth0 nud permanent`;
    await cluster.client.sh(dead.map(pin).join('\n'));
    const healthy = names.map(({ name }) => name);
    const worker = startWorker(cluster.client, { HOME: '/run' });
    const before: number[] = [];
    const after: number[] = [];
    const failures: string[] = [];
    for (let done = 0; done < logins; done += batch) {
      const count = Math.min(batch, logins - done);
      await logInAll(worker, cluster, healthy, count, before, failures);
      await logInAll(worker, cluster, shuffled([...healthy, ...dead]), count, after, failures);
    }
    worker.stop();
    const share = (times: readonly number[]): number => (times.filter((ms) => ms <= inTimeMs).length / logins) * 100;
    const extra = median(after) - median(before);
    for (const failure of failures) process.stderr.write(`bench: ${failure}\n`);
    const side = (values: readonly number[]): Side => ({ name: 'ldm', values });
    const where = `${silent} of ${living + silent} servers silently dead`;
    return [
      {
        what: `${logins} logins, ${where}: on a living server within 10 s`,
        unit: '%',
        ours: side([share(after)]),
        other: { name: `the ${living} living alone`, values: [share(before)] },
        wanted: { value: 'at least', limit: 99.9 },
        note: `slowest ${(Math.max(...after) / 1_000).toFixed(1)} s, 99th of 100 ${(quantile(after, 0.99) / 1_000).toFixed(1)} s`,
      },
      {
        what: `The median login, ${where}, ${atOnce} at once`,
        unit: 'ms',
        ours: side(after),
        other: { name: `the ${living} living alone`, values: before },
      },
      {
        what: 'What the dead servers add to the median login',
        unit: 'ms',
        ours: side([extra]),
        wanted: { value: 'at most', limit: 300 },
      },
    ];
  } finally {
    await cluster.stop();
  }
}

async function logInAll(
  worker: Worker,
  cluster: Cluster,
  servers: readonly string[],
  count: number,
  times: number[],
  failures: string[],
): Promise<void> {
  let left = count;
  const env = { ...cluster.environment, LDM_SERVER: servers.join(' '), LDM_LOGLEVEL: '3' };
  const logInNext = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const login = {
        user: ada.name,
        password: ada.password,
        command: 'echo running',
        servers: 'to-be-asked',
      } as const;
      const answer = await worker.ask({ do: 'log-in', ...login, env });
      if (answer.kind === 'measured') times.push(answer.ms);
      else failures.push(answer.problem);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, logInNext));
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
