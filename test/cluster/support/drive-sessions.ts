import { afterEach, beforeAll } from 'vitest';
import type { Account } from './accounts.js';
import { asLdm, ClientDrives } from './client-drives.js';
import type { Cluster } from './cluster.js';
import { checkout, type Host } from './host.js';
import { type Running, until } from './run.js';

export const ada: Account = { name: 'ada', password: 'correct horse' };
export const ben: Account = { name: 'ben', password: 'battery staple' };
/** ms, on a busy machine. */
const patience = 60_000;

interface SessionOptions {
  /** The desktop is what this script does; without one, it stays. */
  readonly script?: string;
  readonly name?: string;
  readonly who?: Account;
  readonly env?: Readonly<Record<string, string>>;
}

/** Sessions on a client with sticks, where ldm runs as `_ldm`. */
export class DriveSessions {
  readonly #cluster: () => Cluster;
  readonly #running = new Set<Running>();
  #drives: ClientDrives | undefined;

  private constructor(cluster: () => Cluster) {
    this.#cluster = cluster;
  }

  /** After each test, its sessions end and every stick is pulled out. */
  static use(cluster: () => Cluster): DriveSessions {
    const sessions = new DriveSessions(cluster);
    beforeAll(async () => {
      sessions.#drives = await ClientDrives.start(cluster().client);
      await cluster().client.sh('mkdir -p /run/ldm-home; chown _ldm /run/ldm-home');
    });
    afterEach(() => sessions.#endAll());
    return sessions;
  }

  get drives(): ClientDrives {
    if (this.#drives === undefined) throw new Error('the client has not started');
    return this.#drives;
  }

  server(name = 's1'): Host {
    return this.#cluster().server(name).host;
  }

  /** Resolves when the desktop has started. */
  async start({ script = 'exec sleep 600', name = 's1', who = ada, env = {} }: SessionOptions = {}): Promise<Running> {
    const path = `/run/xsession-${who.name}`;
    await this.server(name).write(path, `#!/bin/sh\necho here\n${script}\n`, 0o755);
    const login = ['login', '--user', who.name, '--password-file', '-', '--no-x11', '--server', name];
    const own = { HOME: '/run/ldm-home', LDM_STATE_DIR: '/run/ldm-home/state', LOCALDEV: 'yes', LDM_LOGLEVEL: '6' };
    const started = this.#cluster().client.start([...asLdm, `${checkout}/bin/ldm`, ...login], {
      env: { ...this.#cluster().environment, ...own, LDM_XSESSION: path, ...env },
      input: `${who.password}\n`,
      timeoutMs: 600_000,
    });
    this.#running.add(started);
    void started.done.then(() => this.#running.delete(started));
    await until('the session', () => started.stdout() !== '', patience);
    return started;
  }

  /** Runs as the user on the server. @returns what it prints */
  async asUser(script: string, who = ada, name = 's1'): Promise<string> {
    const { stdout, stderr } = await this.server(name).run(['su', '-', who.name, '-c', script]);
    return stdout + stderr;
  }

  /** Folders of the user that are drives. */
  async shown(who = ada, name = 's1'): Promise<string[]> {
    const mounts = await this.asUser('grep " fuse.sshfs " /proc/mounts || true', who, name);
    return mounts.split('\n').flatMap((line) => line.split(' ')[1]?.split('/').at(-1)?.replace('\\040', ' ') ?? []);
  }

  appears(login: Running, label = 'Photos', who = ada): Promise<void> {
    return this.#until(`${label} appears`, login, async () => (await this.shown(who)).includes(label));
  }

  vanishes(login: Running, who = ada): Promise<void> {
    return this.#until('no drive on the server', login, async () => (await this.shown(who)).length === 0);
  }

  /** A line of the log comes. */
  says(login: Running, pattern: RegExp): Promise<void> {
    return this.#until(String(pattern), login, () => pattern.test(login.stderr()));
  }

  unmounted(login: Running): Promise<void> {
    return this.#until('no mount on the client', login, async () => (await this.drives.mounts()).length === 0);
  }

  async #until(what: string, login: Running, holds: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, holds, patience).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${login.stderr()}`);
    });
  }

  async #endAll(): Promise<void> {
    for (const session of this.#running) session.signal('SIGTERM');
    await Promise.all([...this.#running].map(({ done }) => done));
    await this.drives.pullOutAll();
  }
}
