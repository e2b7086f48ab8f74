import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Size } from './size.js';
import { xorg } from './xorg.js';
import { addMode } from './xrandr.js';

const run = promisify(execFile);

/** A separate screen with a D-Bus session and, on demand, an accessibility bus. Nothing else runs on it. */
export interface Desktop {
  /** As in DISPLAY. */
  readonly display: string;
  /** The environment for programs on it: display, authority, buses, and a separate home. */
  readonly env: Readonly<Record<string, string>>;
  /** HOME of the programs on it: a temporary folder, removed by {@link stop}. */
  readonly home: string;
  /** Changes the size of the screen, up to the size that it started with. */
  resize(size: Size): Promise<void>;
  /** Ends the screen and everything that its buses started. */
  stop(): Promise<void>;
}

/** Sizes that the windows are tested at: a small one, and the most common one. */
export const small: Size = { width: 800, height: 600 };
export const fullHd: Size = { width: 1920, height: 1080 };

/** The X server: Xvfb, or Xorg with outputs that monitors can be plugged into. */
export type ScreenKind = 'memory' | 'outputs';

export async function startDesktop(size: Size = small, kind: ScreenKind = 'memory'): Promise<Desktop> {
  const home = mkdtempSync(join(tmpdir(), 'ldm-desktop-'));
  const children: ChildProcess[] = [];
  // Also when a run is interrupted, so that no screen stays behind.
  const endAll = (): void => children.forEach((child) => void child.kill('SIGKILL'));
  process.once('exit', endAll);
  const stop = async (): Promise<void> => {
    process.off('exit', endAll);
    await Promise.all(children.reverse().map(end));
    for (const pid of processesOf(home)) kill(pid);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const runtime = join(home, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    const authority = join(home, 'Xauthority');
    const cookie = randomBytes(16);
    writeFileSync(authority, authorityRecord(cookie, ''), { mode: 0o600 });

    const [server, own] = kind === 'memory' ? xvfb(size) : xorg(size, home);
    const options = [...own, '-displayfd', '3', '-nolisten', 'tcp', '-auth', authority, '-noreset'];
    const x = spawn(server, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    children.push(x);
    const number = await firstLine(x);
    writeFileSync(authority, authorityRecord(cookie, number), { mode: 0o600 });

    const env: Record<string, string> = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: home,
      DISPLAY: `:${number}`,
      XAUTHORITY: authority,
      XDG_RUNTIME_DIR: runtime,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_DATA_HOME: join(home, 'data'),
      GSETTINGS_BACKEND: 'memory',
    };
    const address = `unix:path=${join(runtime, 'bus')}`;
    const bus = spawn(
      'dbus-daemon',
      ['--session', '--nofork', '--nopidfile', `--address=${address}`, '--print-address=3'],
      {
        env,
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      },
    );
    children.push(bus);
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus);

    return { display: `:${number}`, env, home, stop, resize: (to) => resize(env, to) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function xvfb({ width, height }: Size): [string, string[]] {
  return ['Xvfb', ['-screen', '0', `${width}x${height}x24`]];
}

/** One record of an Xauthority file (family "local"), for display `number`. */
function authorityRecord(cookie: Buffer, number: string): Buffer {
  const counted = (data: Buffer): Buffer => Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);
  const local = Buffer.from([1, 0]);
  return Buffer.concat([
    local,
    ...[hostname(), number, 'MIT-MAGIC-COOKIE-1'].map((text) => counted(Buffer.from(text))),
    counted(cookie),
  ]);
}

/** The line that a program writes to its file descriptor 3 once it is ready. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdio[3]?.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')).trim());
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code} before it was ready`)));
  });
}

async function resize(env: Readonly<Record<string, string>>, size: Size): Promise<void> {
  const mode = await addMode(env, 'screen', size);
  await run('xrandr', ['--output', 'screen', '--mode', mode], { env });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const harder = setTimeout(() => child.kill('SIGKILL'), 2_000);
    child.once('exit', () => {
      clearTimeout(harder);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** The accessibility bus, which the session bus has started, is no child of ours, but has our HOME. */
function processesOf(home: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || pid === process.pid) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`);
      } catch {
        return false;
      }
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
