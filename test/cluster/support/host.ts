import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Outcome, type Running, type RunOptions, run, start } from './run.js';

/** The folder that holds package.json. */
export const checkout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const bootScript = fileURLToPath(new URL('./boot.sh', import.meta.url));

/** A machine made of namespaces: own network, processes, host name, /etc, /run, /tmp, /dev/shm and /var/log. */
export interface Host {
  readonly name: string;
  /** Number of its first process on the machine. */
  readonly pid: number;
  /** Command words that enter it; a program and its arguments follow. */
  readonly enter: readonly string[];
  /** Runs a program on it, as root. */
  run(command: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs shell text on it. @throws when it fails */
  sh(script: string, options?: RunOptions): Promise<string>;
  /** Starts a program on it and leaves it running. */
  start(command: readonly string[], options?: RunOptions): Running;
  /** Text of a file on it; empty where there is none. */
  read(path: string): Promise<string>;
  /** Writes a file of root's, with its folders. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** What runs on it but its first process: command lines by number, as the host itself counts. */
  processes(): Promise<ReadonlyMap<number, string>>;
  /** Whether something listens on a TCP port of it. */
  listens(port: number): Promise<boolean>;
  /** Ends it with everything that runs on it. */
  stop(): Promise<void>;
}

const namespaces = ['--net', '--mount', '--uts', '--ipc', '--pid'] as const;

/** Starts a host without a network but loopback. It ends with this process at the latest. */
export async function startHost(name: string): Promise<Host> {
  const child = spawn('unshare', [...namespaces, '--fork', '--kill-child', '--', 'sh', bootScript, checkout, name], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {
    // The host has ended already.
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const pid = await new Promise<number>((resolve, reject) => {
    let out = '';
    let problem = '';
    child.stderr.on('data', (data: Buffer) => {
      problem += data.toString();
    });
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      const ready = /^ready (\d+)$/m.exec(out)?.[1];
      if (ready !== undefined) resolve(Number(ready));
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`host ${name} did not start: ${problem.trim()}`)));
  });

  // With its mounts alone one is in the root that all namespaces began with. Where these tests run in a chroot, that is
  // the machine's, so its root is entered as well, and the working folder is left behind.
  const enter = ['nsenter', '--target', String(pid), ...namespaces, '--root', '--wdns=/', '--'];
  const inside = (path: string): string => join(`/proc/${pid}/root`, path);
  const host: Host = {
    name,
    pid,
    enter,
    run: (command, options) => run([...enter, ...command], options),
    start: (command, options) => start([...enter, ...command], options),
    async sh(script, options) {
      const { code, stdout, stderr } = await host.run(['sh', '-euc', script], options);
      if (code !== 0) throw new Error(`on ${name}, code ${code}: ${script}\n${stdout}${stderr}`);
      return stdout;
    },
    read: (path) => readFile(inside(path), 'utf8').catch(() => ''),
    async write(path, text, mode = 0o644) {
      // An absolute link leads out of the host.
      for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
        const target = await readlink(inside(folder)).catch(() => '');
        if (target.startsWith('/')) throw new Error(`${path} on ${name}: ${folder} is a link to ${target}`);
      }
      if ((await lstat(inside(path)).catch(() => undefined))?.isSymbolicLink()) await rm(inside(path));
      await mkdir(dirname(inside(path)), { recursive: true });
      await writeFile(inside(path), text, { mode });
    },
    async processes() {
      const numbers = (await readdir(inside('/proc'))).filter((entry) => /^\d+$/.test(entry) && entry !== '1');
      const found = await Promise.all(
        numbers.map(async (number) => {
          const command = (await host.read(`/proc/${number}/cmdline`)).replaceAll('\0', ' ').trim();
          return [Number(number), command] as const;
        }),
      );
      // A process that has ended and waits to be reaped has no command line.
      return new Map(found.filter(([, command]) => command !== ''));
    },
    async listens(port) {
      // proc(5): local address and port in hex, peer, state (0A: listening)
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      const tables = await Promise.all([host.read(`/proc/1/net/tcp`), host.read('/proc/1/net/tcp6')]);
      return new RegExp(`^ *\\d+: \\w+:${hex} \\w+:\\w+ 0A `, 'm').test(tables.join('\n'));
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
  return host;
}
