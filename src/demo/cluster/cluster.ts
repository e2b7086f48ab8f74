import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import { resolvConf, withFault } from '../client-fault.js';
import type { DemoServer, Scenario } from '../scenarios.js';
import type { Desktop } from './desktop.js';
import { newHostKey } from './host-key.js';
import { type Listening, startInfoService } from './info-service.js';
import { startSilence } from './silent-host.js';
import { type SshServer, startSshServer } from './ssh-server.js';

export interface ClusterOptions {
  /** A private directory, which the caller removes. */
  readonly folder: string;
  readonly desktop: Desktop;
  readonly log: Log;
}

/** A cluster on loopback, in this process. */
export interface Cluster {
  /** The servers that take logins, in list order. */
  readonly servers: readonly SshServer[];
  /** The names of all servers in the list, including dead ones. */
  readonly names: readonly string[];
  /** The environment that makes `ldm` use this cluster and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Command words before `ldm`, which give it the fault of the scenario. */
  readonly before: readonly string[];
  /** A file for `ldm --config`, instead of the file of this machine. */
  readonly configFile: string;
  close(): Promise<void>;
}

function isListening(server: DemoServer): server is Extract<DemoServer, { kind: 'ssh' | 'silent' }> {
  return server.kind === 'ssh' || server.kind === 'silent';
}

/** @throws the error of the system if the servers cannot listen */
export async function startCluster(scenario: Scenario, options: ClusterOptions): Promise<Cluster> {
  const { folder, desktop, log } = options;
  const sshServers = new Map<string, SshServer>();
  const banner = scenario.users.map(({ name, password }) => `Demo: user ${name}, password ${password}`).join('\n');
  const listening = scenario.servers.filter(isListening);
  const ssh = await listenOnOnePort(listening, async (server, port) => {
    if (server.kind === 'silent') return startSilence(server.address, port);
    const { address } = server;
    const started = await startSshServer({ address, port, users: scenario.users, banner, desktop, folder, log });
    sshServers.set(address, started);
    return started;
  });
  try {
    const info = await listenOnOnePort(listening, async (server, port) => {
      const { address } = server;
      if (server.kind === 'silent') return startSilence(address, port);
      const running = (): number => sshServers.get(address)?.sessions() ?? 0;
      return startInfoService({ address, port, info: () => infoOf(server, running()) });
    });
    const names = scenario.servers.map(({ address }) => address);
    const files = await writeFiles(folder, ssh.port, sshServers, scenario);
    return {
      servers: [...sshServers.values()],
      names,
      before: scenario.lacks === undefined ? [] : withFault(scenario.lacks, files.resolvConf),
      configFile: files.config,
      environment: {
        LDM_SERVER: names.join(' '),
        ...(listening.length > 0 && { SSH_OVERRIDE_PORT: String(ssh.port), LDM_INFO_PORT: String(info.port) }),
        LDM_KNOWN_HOSTS: files.knownHosts,
        LDM_HOST_KEYS: 'strict',
        LDM_STATE_DIR: files.state,
        LDM_GREETING: scenario.users
          .map(({ name, password }) => `Log in as ${name}, password ${password}.`)
          .join('\\n'),
      },
      close: async () => {
        await Promise.all([ssh.close(), info.close()]);
      },
    };
  } catch (error) {
    await ssh.close();
    throw error;
  }
}

function infoOf(server: Extract<DemoServer, { kind: 'ssh' }>, running: number) {
  return {
    // Only for the dialogs: a demo server has one desktop in one language.
    languages: ['en_US', 'de_DE', 'fr_FR', 'es_ES', 'pt_PT', 'el_GR', 'ja_JP', 'ar_EG'].map((one) => `${one}.UTF-8`),
    sessions: [{ name: 'Demo Desktop', exec: 'demo-desktop' }],
    xsession: '/etc/X11/Xsession',
    rating: server.rating,
    running,
    pending: 0,
    capacity: server.capacity,
    draining: server.draining !== undefined,
    notice: server.draining ?? null,
    sshDown: false,
    ageMs: 0,
  };
}

async function writeFiles(folder: string, port: number, servers: ReadonlyMap<string, SshServer>, scenario: Scenario) {
  const files = {
    config: join(folder, 'lts.conf'),
    knownHosts: join(folder, 'known_hosts'),
    state: join(folder, 'state'),
    resolvConf: join(folder, 'resolv.conf'),
  };
  const changed = scenario.servers
    .filter((server) => server.kind === 'ssh' && server.keyChanged)
    .map(({ address }) => address);
  const known = (address: string, own: string): string =>
    changed.includes(address) ? newHostKey().public.split(' ', 2).join(' ') : own;
  const lines = [...servers].map(([address, { hostKey }]) => `[${address}]:${port} ${known(address, hostKey)}\n`);
  await writeFile(files.knownHosts, lines.join(''), { mode: 0o600 });
  await writeFile(files.config, '# The demo sets everything through the environment.\n', { mode: 0o600 });
  if (scenario.lacks !== undefined) await writeFile(files.resolvConf, resolvConf(scenario.lacks));
  await mkdir(files.state, { mode: 0o700, recursive: true });
  return files;
}

/** Enough, even if other programs open ports at the same time. */
const maxTries = 20;

/** Opens one listener for each item, all on the same port, since clients use one port for all servers. */
async function listenOnOnePort<T>(
  items: readonly T[],
  open: (item: T, port: number) => Promise<Listening>,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  for (let tries = 1; ; tries += 1) {
    const opened: Listening[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(opened.map((one) => one.close()));
    };
    try {
      for (const item of items) opened.push(await open(item, opened[0]?.port ?? 0));
      return { port: opened[0]?.port ?? 0, close };
    } catch (error) {
      await close();
      if (errorCode(error) !== 'EADDRINUSE' || tries === maxTries) throw error;
    }
  }
}
