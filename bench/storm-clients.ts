/**
 * Many thin clients in one process, each with its own server monitor and memory. The logins use the code of the product,
 * from the choice to the running command. With a process for each client, the start of Node would dominate.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Context, contextOf, loginDependencies } from '../src/commands/common/context.js';
import { type LoginDependencies, logIn } from '../src/login/login.js';
import { ServerMonitor, type ServerMonitorDependencies } from '../src/login/server-monitor.js';
import { discoverServers } from '../src/servers/discovery/server-list.js';
import { type ProbeResult, probe } from '../src/servers/probe.js';
import type { Session } from '../src/session/running-session.js';
import { readSettings } from '../src/settings/settings.js';
import { Secret } from '../src/shared/secret.js';
import { type Arrival, commonClock, type StormReport, type StormTask } from './storm-task.js';

interface Client {
  readonly dependencies: LoginDependencies;
  session?: Session;
}

const usedEveryMs = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'storm-'));
const clients: Client[] = [];

function say(word: StormReport): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

/**
 * Each client has asked all servers at its start, long before the storm. The answers are the same for all clients, so one
 * client asks for all, since so many clients never start at the same time on one machine.
 */
async function boot(count: number): Promise<void> {
  const contextNo = (number: number): Context =>
    contextOf(readSettings({ ...process.env, LDM_STATE_DIR: join(folder, String(number)) }));
  const answers = new Map<string, Promise<ProbeResult>>();
  let isStorm = false;
  for (let number = 0; number < count; number++) {
    const context = contextNo(number);
    const { settings, log, sshMemory: memory } = context;
    const { infoPort, probeTimeoutMs: timeoutMs } = settings;
    const ask: ServerMonitorDependencies['ask'] = (server, question) => {
      const known = isStorm ? undefined : answers.get(server.name);
      const answer = known ?? probe(server, { ...question, infoPort, timeoutMs, memory });
      answers.set(server.name, answer);
      return answer;
    };
    const monitor = new ServerMonitor({ gather: () => discoverServers(settings, log, Math.random), ask });
    await (await monitor.askAll()).complete;
    clients.push({ dependencies: loginDependencies({ ...context, monitor }, undefined) });
  }
  isStorm = true;
  say({ said: 'booted' });
}

async function arrive(client: Client, user: string, password: Secret): Promise<Omit<Arrival, 'ms'>> {
  client.session?.abandon();
  const outcome = await logIn(
    {
      user,
      password,
      choice: { mode: 'automatic' },
      command: { line: 'echo runs; exec sleep 3600', input: undefined },
    },
    client.dependencies,
    { tell: () => {}, ask: () => Promise.reject(new Error('asked for more')), mayGoOn: async () => true },
    new AbortController().signal,
  );
  if (outcome.kind !== 'started') return { server: null, problem: JSON.stringify(outcome) };
  const { server, session } = outcome;
  client.session = session;
  const runs = await new Promise<boolean>((resolve) => {
    session.channel.once('data', () => resolve(true));
    session.channel.once('close', () => resolve(false));
  });
  return runs ? { server } : { server: null, problem: `${server} ended before the command ran` };
}

function carryOut(task: StormTask): void {
  if (task.do === 'boot') {
    void boot(task.clients);
    return;
  }
  const { client: number, user, password, atMs } = task;
  setTimeout(() => {
    const secret = new Secret(password);
    const client = clients[number];
    if (client === undefined) throw new Error(`no client ${number}`);
    void arrive(client, user, secret)
      .catch((error: unknown) => ({ server: null, problem: String(error) }))
      .then((arrival) => say({ said: 'came', client: number, atMs, ms: commonClock() - atMs, ...arrival }))
      .finally(() => secret.wipe());
  }, atMs - commonClock());
}

createInterface({ input: process.stdin })
  // Only the parent process writes here.
  .on('line', (line) => carryOut(JSON.parse(line) as StormTask))
  .on('close', () => process.exit());
setInterval(() => {
  const { user, system } = process.cpuUsage();
  say({ said: 'used', ms: (user + system) / 1_000 });
}, usedEveryMs);
