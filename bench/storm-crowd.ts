import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Account } from '../test/cluster/support/accounts.js';
import type { Host } from '../test/cluster/support/host.js';
import type { Arrival, StormReport, StormTask } from './storm-task.js';

/** The clients of a storm, spread over several processes on one host. */
export interface StormCrowd {
  /** The user of this client presses Enter at this time of the common clock. */
  come(client: number, account: Account, atMs: number): Promise<Arrival>;
  /** Processor time of all clients so far, in ms. */
  usedMs(): number;
  stop(): void;
}

/** Resolves when every client has the answers of every server. */
export async function startCrowd(
  host: Host,
  { clients, processes, env }: { clients: number; processes: number; env: Readonly<Record<string, string>> },
): Promise<StormCrowd> {
  const parts = await Promise.all(
    Array.from({ length: processes }, (_, part) => startPart(host, Math.ceil((clients - part) / processes), env)),
  );
  return {
    come: (client, { name: user, password }, atMs) => {
      const task = { do: 'come', client: Math.floor(client / processes), user, password, atMs } as const;
      return parts[client % processes]?.come(task) ?? Promise.reject(new Error(`no client ${client}`));
    },
    usedMs: () => parts.reduce((sum, { usedMs }) => sum + usedMs(), 0),
    stop: () => {
      for (const { stop } of parts) stop();
    },
  };
}

interface Part {
  come(task: Extract<StormTask, { do: 'come' }>): Promise<Arrival>;
  usedMs(): number;
  stop(): void;
}

function startPart(host: Host, clients: number, env: Readonly<Record<string, string>>): Promise<Part> {
  // Built beside this program.
  const program = join(dirname(process.argv[1] ?? ''), 'storm-clients.mjs');
  // sched(7): sessions share the processors evenly, so all clients together would get as much as one login on a server.
  const weighty = ['sh', '-c', 'echo -15 2>/dev/null >/proc/self/autogroup; exec "$@"', 'sh'];
  const [entering = '', ...enter] = [...host.enter, ...weighty, process.execPath, ...process.execArgv, program];
  const child = spawn(entering, enter, {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    // A separate session, which has its own weight (sched(7)).
    detached: true,
  });
  const coming = new Map<string, (arrival: Arrival) => void>();
  let usedMs = 0;
  const tell = (task: StormTask): boolean => child.stdin.write(`${JSON.stringify(task)}\n`);
  const part: Part = {
    come: (task) =>
      new Promise((resolve) => {
        coming.set(`${task.client} ${task.atMs}`, resolve);
        tell(task);
      }),
    usedMs: () => usedMs,
    stop: () => child.stdin.end(),
  };
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      reject(new Error('the clients have ended'));
      for (const end of coming.values())
        end({ server: null, ms: Number.POSITIVE_INFINITY, problem: 'the clients ended' });
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const word = JSON.parse(line) as StormReport;
      if (word.said === 'booted') resolve(part);
      else if (word.said === 'used') usedMs = word.ms;
      else {
        const { said: _said, client, atMs, ...arrival } = word;
        coming.get(`${client} ${atMs}`)?.(arrival);
        coming.delete(`${client} ${atMs}`);
      }
    });
    tell({ do: 'boot', clients });
  });
}
