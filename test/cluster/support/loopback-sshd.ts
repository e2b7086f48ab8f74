import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { run, start, until } from './run.js';
import { type HostKeyType, withoutPenalties } from './sshd.js';

/** OpenSSH's server on a free port of loopback, with keys of its own and without accounts. */
export interface LoopbackSshd {
  readonly port: number;
  /** Makes the public key that the next `changeKeys` with this type brings. */
  nextKey(type: HostKeyType): Promise<string>;
  /** Restarts it with new keys of these types. */
  changeKeys(types: readonly HostKeyType[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Nobody can sign in to it; all that it shows is its keys. Its mount namespace has the /run/sshd that it insists on.
 * @param folder a new folder for its keys and configuration
 */
export async function startLoopbackSshd(folder: string, types: readonly HostKeyType[]): Promise<LoopbackSshd> {
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  await mkdir(folder, { recursive: true });
  let generation = 0;
  let running = await launch(types);

  async function launch(keyTypes: readonly HostKeyType[]) {
    generation++;
    const files = keyTypes.map((type) => join(folder, `${type}_${generation}`));
    for (const [index, type] of keyTypes.entries()) await makeKey(type, files[index] ?? '');
    const lines = ['ListenAddress 127.0.0.1', `Port ${port}`, 'PidFile none', 'UsePAM no', 'UseDNS no'];
    await writeFile(config, [...lines, ...withoutPenalties, ...files.map((file) => `HostKey ${file}`), ''].join('\n'));
    const inOwnRun = 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -D -e -f "$0"';
    const sshd = start(['unshare', '--mount', '--', 'sh', '-c', inOwnRun, config], { timeoutMs: 600_000 });
    await until(`sshd on port ${port}`, () => answers(port)).catch((error: unknown) => {
      sshd.signal('SIGKILL');
      throw new Error(`${String(error)}\n${sshd.stderr()}`);
    });
    return sshd;
  }
  const stop = async (): Promise<void> => {
    running.signal('SIGTERM');
    await running.done;
  };
  return {
    port,
    stop,
    async nextKey(type) {
      const file = join(folder, `${type}_${generation + 1}`);
      await makeKey(type, file);
      return (await readFile(`${file}.pub`, 'utf8')).split(' ', 2).join(' ');
    },
    async changeKeys(keyTypes) {
      await stop();
      running = await launch(keyTypes);
    },
  };
}

/** One that is there stays. */
async function makeKey(type: HostKeyType, file: string): Promise<void> {
  if (existsSync(file)) return;
  const made = await run(['ssh-keygen', '-q', '-N', '', '-t', type, '-f', file]);
  if (made.code !== 0) throw new Error(made.stderr);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
    socket.once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
