import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startHostileServer } from './hostile-server.js';
import { planOf } from './plan.js';
import { bounds, type Report, type Task } from './task.js';

/**
 * Logs in to a hostile server again and again, each time with the next seed, and looks that every lie comes to a clear
 * end within the bounds. The exit code is 1 where one did not.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    clients: { type: 'string', default: '3' },
    failures: { type: 'string' },
  },
});
const clientProgram = fileURLToPath(new URL('./client.mjs', import.meta.url));
/** A client is replaced after so many logins, so that what one leaves behind is seen and not carried on for ever. */
const mostLogins = 300;

class Client {
  readonly #child: ChildProcess;
  #said = '';
  logins = 0;

  constructor() {
    this.#child = fork(clientProgram, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.on('error', () => {});
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-4_000);
    });
  }

  /** @returns the report, or why there is none */
  async carryOut(task: Task): Promise<Report | string> {
    this.logins += 1;
    this.#forgetPeak();
    this.#child.send(task, () => {});
    const watch = new AbortController();
    const { signal } = watch;
    const began = performance.now();
    const heldUp = (): number => waitedForProcessorMs(process.pid) + waitedForProcessorMs(this.#child.pid);
    const heldUpBefore = heldUp();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        once(this.#child, 'message', { signal }).then(([report]) => report as Report),
        once(this.#child, 'exit', { signal }).then((end) => `the client died (${end}): ${this.#said}`),
        new Promise<string>((resolve) => {
          timer = setInterval(() => {
            // A machine that has no time for either of us says nothing about a login.
            const ms = performance.now() - began - (heldUp() - heldUpBefore);
            if (ms > bounds.silentMs) resolve('the client does not come to an end');
          }, 1_000);
        }),
      ]);
    } finally {
      clearInterval(timer);
      watch.abort();
    }
  }

  /** Most memory since the last task began, in MB. */
  get memoryMb(): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
    } catch {
      return 0;
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #forgetPeak(): void {
    try {
      writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
    } catch {
      // It has ended, which is reported.
    }
  }
}

/** How long the main thread of a process was ready to run and did not get a processor, since its start. */
function waitedForProcessorMs(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1_000_000;
  } catch {
    // It has ended, or the kernel does not count.
    return 0;
  }
}

/** @returns what is wrong, if anything */
async function tryOut(seed: number, client: Client): Promise<{ readonly problem?: string; readonly outcome: string }> {
  const plan = planOf(seed);
  const server = await startHostileServer(plan);
  try {
    const { isAnswered, cancelAfterMs } = plan;
    const report = await client.carryOut({ port: server.port, knownHost: server.knownHost, isAnswered, cancelAfterMs });
    if (typeof report === 'string') return { problem: report, outcome: 'none' };
    const costs = { ...report, memoryMb: client.memoryMb };
    for (const name of measured) {
      most.set(name, Math.max(most.get(name) ?? 0, costs[name]));
      if (costs[name] > bounds[name]) {
        return { problem: `${name} is ${Math.round(costs[name])}, more than ${bounds[name]}`, outcome: report.outcome };
      }
    }
    return { outcome: report.outcome };
  } finally {
    server.stop();
  }
}

const kept = values.seeds?.split(',').map(Number);
const first = Number(values.seed ?? kept?.[0] ?? Date.now() % 2 ** 31);
const end = performance.now() + Number(values.minutes) * 60_000;
let next = 0;
const failures: string[] = [];
const outcomes = new Map<string, number>();
const measured = ['cancelMs', 'cpuMs', 'logBytes', 'toldBytes', 'memoryMb'] as const;
/** The most of each that a login has cost. */
const most = new Map<string, number>();

function nextSeed(): number | undefined {
  const at = next;
  next += 1;
  if (kept) return kept[at];
  if (performance.now() >= end) return undefined;
  return (first + at) >>> 0;
}

async function work(): Promise<void> {
  let client = new Client();
  for (let seed = nextSeed(); seed !== undefined; seed = nextSeed()) {
    if (client.logins >= mostLogins) {
      client.stop();
      client = new Client();
    }
    let { problem, outcome } = await tryOut(seed, client);
    if (problem !== undefined) {
      // Once more, on its own: a busy machine is not a failure of the client, nor is what an earlier seed left in it.
      client.stop();
      client = new Client();
      const again = await tryOut(seed, client);
      const line = `seed ${seed}: ${problem} (alone: ${again.problem ?? again.outcome})`;
      console.log(`${again.problem ? 'FAILED' : 'only once'} ${line}`);
      if (values.failures) appendFileSync(values.failures, `${line}\n`);
      client.stop();
      client = new Client();
      if (again.problem) failures.push(line);
      outcome = again.problem ? 'FAILED' : `only once: ${again.outcome}`;
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  client.stop();
}

console.log(`fuzz: from seed ${first}`);
const report = setInterval(() => console.log(`fuzz: ${next} logins, ${failures.length} failures`), 60_000);
await Promise.all(Array.from({ length: Number(values.clients) }, work));
clearInterval(report);
for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) console.log(`${count} ${outcome}`);
const count = [...outcomes.values()].reduce((sum, one) => sum + one, 0);
console.log([...most].map(([name, value]) => `most ${name} ${Math.round(value)}`).join(', '));
console.log(`fuzz: ${count} logins from seed ${first}, ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
