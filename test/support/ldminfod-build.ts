import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Running, start, until } from '../cluster/support/run.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The program as it is in the sources now, laid out as a package lays it out. */
export interface BuiltLdminfod {
  /** Path of the launcher; inside the checkout, so that hosts made of namespaces see it too. */
  readonly program: string;
  remove(): Promise<void>;
}

export async function buildLdminfod(): Promise<BuiltLdminfod> {
  const cache = join(checkout, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'ldminfod-'));
  await cp(join(checkout, 'bin/ldminfod'), join(folder, 'bin/ldminfod'));
  await build({
    entryPoints: [join(checkout, 'src/ldminfod/main.ts')],
    outfile: join(folder, 'dist/ldminfod.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  return { program: join(folder, 'bin/ldminfod'), remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface RunningLdminfod extends Running {
  readonly port: number;
  /** Its process, which the launcher becomes. */
  readonly pid: number;
}

/** Starts it on a free port of an address, on all where none is said, and waits until it listens. */
export async function startLdminfod(program: string, args: readonly string[] = []): Promise<RunningLdminfod> {
  const running = start(['sh', '-c', 'echo $$; exec "$@"', 'sh', program, '--port', '0', ...args], {
    timeoutMs: 300_000,
  });
  await until('ldminfod listens', () => /listening/.test(running.stderr()));
  const port = Number(/ port=(\d+)/.exec(running.stderr())?.[1]);
  return { ...running, port, pid: Number.parseInt(running.stdout(), 10) };
}

export interface Reply {
  readonly text: string;
  /** From the start of the connection to its end. */
  readonly ms: number;
}

/** Asks as a client does: connects, says nothing unless told to, and reads to the end. */
export function ask(address: string, port: number, says: string | Uint8Array = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const parts: Buffer[] = [];
    const socket = connect({ host: address, port });
    if (says.length > 0) socket.write(says);
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => {
      socket.destroy();
      resolve({ text: Buffer.concat(parts).toString('utf8'), ms: performance.now() - began });
    });
    socket.on('error', reject);
  });
}

/** Opens connections and never reads from them. */
export async function hold(port: number, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket));
          socket.once('error', reject);
          socket.on('error', () => {});
        }),
    ),
  );
}
