/** A greeter in use for hours, with its memory watched from outside. Shared by the test and the benchmark. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { greeterOf } from '../../support/processes.js';
import { type Accessible, becomes, connectAccessibility, findApplication, has, look } from './accessibility.js';
import { type Desktop, startDesktop } from './desktop.js';
import { checkout } from './greeter.js';
import { press, type } from './hands.js';
import { pause, waitFor } from './wait.js';

/** The resources of both processes at one moment. */
export interface Sample {
  /** ms since the start */
  readonly at: number;
  /** Private memory, in kB. */
  readonly ldm: number;
  readonly greeter: number;
  readonly handles: number;
}

export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly rounds: number;
  /** Share of one processor that both processes use while idle. */
  readonly idleCpu: number;
}

const servers = 300;
/** ms of each idle time at the end. */
const restMs = 10_000;
/** ms to wait for anything; a machine may be busy for long during a soak. */
const patienceMs = 30_000;

/**
 * Opens and closes the server dialog, asks 300 servers, and fails a login, repeatedly and by keyboard; then stays idle.
 * @param seconds duration without the idle time
 */
export async function soak(seconds: number): Promise<SoakResult> {
  const desktop = await startDesktop();
  const refusing = await startRefusingServer();
  let ldm: ChildProcess | undefined;
  try {
    connectAccessibility(desktop);
    const knownHosts = join(desktop.home, 'known_hosts');
    writeFileSync(knownHosts, '');
    // Closed loopback ports refuse at once, so that the asking itself is repeated.
    const others = Array.from({ length: servers - 1 }, (_, at) => `127.0.0.1:${20_000 + at}`);
    const env = {
      ...desktop.env,
      LDM_SERVER: [`127.0.0.1:${refusing.port}`, ...others].join(' '),
      LDM_BALANCE: 'listed',
      LDM_INFO_PORT: '19',
      LDM_HOST_KEYS: 'accept-new',
      LDM_KNOWN_HOSTS: knownHosts,
      LDM_STATE_DIR: join(desktop.home, 'state'),
      LDM_LOGLEVEL: '6',
    };
    const child = spawn(join(checkout, 'bin/ldm'), { env, stdio: ['ignore', 'inherit', 'pipe'] });
    ldm = child;
    let refusals = 0;
    createInterface(child.stderr).on('line', (line) => {
      if (line.includes('outcome=wrong-credentials')) refusals += 1;
      else if (!/^(info|warn) /.test(line)) process.stderr.write(`${line}\n`);
    });
    const pid = child.pid ?? 0;
    const greeter = await waitFor('the greeter process', () => greeterOf(pid), 20_000);
    const root = await waitFor('the greeter on the bus', () => findApplication(greeter), 20_000);

    const held = await hold(desktop, root);
    const began = performance.now();
    const samples: Sample[] = [];
    let rounds = 0;
    while (performance.now() - began < seconds * 1_000) {
      await openAndCloseDialog(desktop, held);
      await failLogin(desktop, held, () => refusals);
      rounds += 1;
      samples.push({
        at: performance.now() - began,
        ldm: privateMemory(pid),
        greeter: privateMemory(greeter),
        handles: handlesOf(pid) + handlesOf(greeter),
      });
    }
    await pause(3_000);
    // The least of three: on a busy machine the same work takes more processor time.
    let idleCpu = Number.POSITIVE_INFINITY;
    for (let rest = 0; rest < 3; rest += 1) {
      const before = ticksOf(pid) + ticksOf(greeter);
      await pause(restMs);
      // A tick is 10 ms of processor time.
      idleCpu = Math.min(idleCpu, ((ticksOf(pid) + ticksOf(greeter) - before) * 10) / restMs);
    }
    return { samples, rounds, idleCpu };
  } finally {
    ldm?.kill('SIGTERM');
    if (ldm && ldm.exitCode === null) await once(ldm, 'exit');
    refusing.close();
    await desktop.stop();
  }
}

/**
 * The minimum of each quarter: a heap goes up and down by 10 MB between garbage collections, which tells nothing about
 * leaks.
 */
export function floors(samples: readonly Sample[], value: (sample: Sample) => number): Sample[] {
  const quarter = Math.ceil(samples.length / 4);
  return [0, 1, 2, 3].flatMap((at) => {
    const [first, ...rest] = samples.slice(at * quarter, (at + 1) * quarter);
    return first === undefined ? [] : rest.reduce((least, one) => (value(one) < value(least) ? one : least), first);
  });
}

/** Growth per hour: the slope of a line through the minima over time (least squares). */
export function slopeAnHour(all: readonly Sample[], value: (sample: Sample) => number): number {
  const samples = floors(all, value);
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [time, height] = [mean(({ at }) => at), mean(value)];
  const above = samples.reduce((sum, one) => sum + (one.at - time) * (value(one) - height), 0);
  const below = samples.reduce((sum, one) => sum + (one.at - time) ** 2, 0);
  return (above / below) * 3_600_000;
}

/** The widgets in use, found once, so that the measurement is about the greeter and not about finding them. */
interface Held {
  readonly login: Accessible;
  readonly entry: Accessible;
  readonly dialog: Accessible;
}

/** Opens the dialog once, so that its widgets exist. */
async function hold(desktop: Desktop, root: Accessible): Promise<Held> {
  const login = await waitFor('the window', () => look(root, 'frame', 'Login'), patienceMs);
  const entry = await waitFor('the entry', () => look(root, 'text', 'Username'), patienceMs);
  await press(desktop, 'alt+p');
  await waitFor('the menu', () => look(root, 'menu item', 'Select Server...'), patienceMs);
  await press(desktop, 's');
  const dialog = await waitFor('the dialog', () => look(root, 'dialog', 'Select Server'), patienceMs);
  await press(desktop, 'Escape');
  await becomes(dialog, 'SHOWING', 'no');
  return { login, entry, dialog };
}

async function openAndCloseDialog(desktop: Desktop, { login, entry, dialog }: Held): Promise<void> {
  await becomes(entry, 'FOCUSED');
  await press(desktop, 'alt+p', 's');
  await becomes(dialog, 'SHOWING');
  await press(desktop, 'alt+r');
  await pause(400);
  await press(desktop, 'Escape');
  await becomes(dialog, 'SHOWING', 'no');
  await becomes(login, 'ACTIVE');
}

/** @param refused number of refused logins in the log so far */
async function failLogin(desktop: Desktop, { entry }: Held, refused: () => number): Promise<void> {
  const before = refused();
  await becomes(entry, 'FOCUSED');
  // X moves the focus before GTK does so within the window.
  await pause(100);
  // Replaces the previous name, which is kept in the entry.
  await press(desktop, 'ctrl+a');
  await type(desktop, 'nobody\n');
  await waitFor('the question', () => entry.getName() === 'Password' && has(entry, 'SENSITIVE'), patienceMs);
  await type(desktop, 'wrong\n');
  await waitFor('the refusal', () => refused() > before && has(entry, 'FOCUSED'), patienceMs);
  await press(desktop, 'Escape');
  await waitFor('the beginning', () => entry.getName() === 'Username', patienceMs);
}

/** An SSH server that refuses every password, in a separate process, since reading widgets blocks this one. */
const refusingServer = `
const { Server, utils } = require('ssh2');
const { private: key } = utils.generateKeyPairSync('ecdsa', { bits: 256 });
const server = new Server({ hostKeys: [key] }, (connection) => {
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    const reject = () => context.reject(['keyboard-interactive']);
    if (context.method === 'keyboard-interactive') context.prompt([{ prompt: 'Password: ', echo: false }], reject);
    else reject();
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
`;

async function startRefusingServer(): Promise<{ readonly port: number; close(): void }> {
  const child = spawn(process.execPath, ['--eval', refusingServer], {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  return { port: Number(String(said)), close: () => child.stdin.end() };
}

function privateMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Private_Dirty:\s+(\d+)/m.exec(text)?.[1]) + Number(/^Private_Clean:\s+(\d+)/m.exec(text)?.[1]);
}

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
