import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectDependencies, createConnect } from '../../login/connect.js';
import type { LoginDependencies } from '../../login/login.js';
import { ServerMonitor } from '../../login/server-monitor.js';
import { unencryptedEndpoints } from '../../protocol/etcd-gateway.js';
import { defaultStateDir, demotionFile } from '../../servers/balancing/demotion-file.js';
import { discoverServers } from '../../servers/discovery/server-list.js';
import { querySshfp, systemSshfpOptions } from '../../servers/dns/sshfp.js';
import { probe } from '../../servers/probe.js';
import { type SshMemory, sshMemoryFile } from '../../servers/ssh-memory.js';
import { sendMagicPacket } from '../../servers/wake-on-lan.js';
import { devicesOf, mediaOf } from '../../session/devices/devices.js';
import { type KnownHosts, loadKnownHosts } from '../../session/host-keys/known-hosts.js';
import { hasNetwork } from '../../settings/own-address.js';
import type { SettingsProblem } from '../../settings/problem.js';
import type { Settings } from '../../settings/settings.js';
import { setWithoutEffect } from '../../settings/tables/classic-variables.js';
import { type Log, stderrLog } from '../../shared/log/log.js';
import { hooksOf } from './hooks.js';
import { readerOfSettings } from './read-settings.js';
import { logProblems, problemsOf } from './settings-problems.js';

/** What every command needs: the settings, the log, and the real dependencies of the other modules. */
export interface Context {
  readonly settings: Settings;
  /** The invalid ones. */
  readonly problems: readonly SettingsProblem[];
  readonly log: Log;
  readonly monitor: ServerMonitor;
  readonly sshMemory: SshMemory;
  readonly knownHosts: () => Promise<KnownHosts>;
}

/** Reads the settings and creates everything that depends on them. */
export function createContext(configFile: string | undefined): Context {
  return contextOf(readerOfSettings(configFile)());
}

/** Creates everything that depends on the settings, and logs their problems. */
export function contextOf(settings: Settings): Context {
  const log = stderrLog(settings.logLevel, settings.syslog);
  const sshMemory = sshMemoryFile(stateDirOf(settings), log);
  for (const { variable, reason, instead } of setWithoutEffect(settings.variables)) {
    log.warn('setting-without-effect', { variable, reason, instead });
  }
  const problems = problemsOf(settings);
  logProblems(problems, log);
  const { etcd = [], etcdUser } = settings;
  const user = etcdUser === undefined ? undefined : { name: etcdUser, password: '' };
  const exposed = unencryptedEndpoints({ endpoints: etcd, ...(user && { user }) });
  for (const endpoint of exposed) log.warn('etcd-password-unencrypted', { endpoint });
  return {
    settings,
    problems,
    log,
    monitor: new ServerMonitor({
      gather: () => discoverServers(settings, log, Math.random),
      ask: (server, question) =>
        probe(server, {
          ...question,
          infoPort: settings.infoPort,
          timeoutMs: settings.probeTimeoutMs,
          memory: sshMemory,
        }),
    }),
    sshMemory,
    knownHosts: () => loadKnownHosts(settings.knownHosts, log),
  };
}

export function loginDependencies(context: Context, forwardX11: LoginDependencies['forwardX11']): LoginDependencies {
  const { settings } = context;
  const [first] = settings.knownHosts;
  const media = mediaOf(settings, process.env.XDG_SEAT ?? 'seat0');
  void media?.unmountLeftovers();
  return {
    ...context,
    connect: createConnect({
      ...context,
      learnInto: first && (isDirectory(first) ? join(first, 'learnt') : first),
      dnsFingerprints: dnsFingerprints(context),
    }),
    forwardX11,
    hasNetwork,
    sendMagicPacket,
    hooks: hooksOf(settings, context.log),
    socketParent: runtimeDir(),
    devices: () =>
      devicesOf(settings, { parent: runtimeDir(), runtimeDir: process.env.XDG_RUNTIME_DIR, log: context.log }),
    media,
    demotions: demotionFile(stateDirOf(settings), context.log),
    random: Math.random,
    now: () => performance.now(),
  };
}

/** The directory of this client's state. */
export function stateDirOf(settings: Settings): string {
  return settings.stateDir ?? defaultStateDir(process.getuid?.() ?? 0, process.env);
}

/** Undefined where it is not configured. */
function dnsFingerprints({ settings, log }: Context): ConnectDependencies['dnsFingerprints'] {
  if (settings.sshfp === 'off') return undefined;
  return async (host) => {
    const answer = await querySshfp(host, systemSshfpOptions(settings.sshfpResolvers, settings.probeTimeoutMs));
    if (answer.kind === 'proved') return answer.records;
    log.info('host-key-not-in-dns', { host, why: answer.why });
    return [];
  };
}

/** The directory for a socket. For root it must not belong to another user, so the environment is ignored. */
function runtimeDir(): string {
  const preferred = process.getuid?.() === 0 ? '/run' : (process.env.XDG_RUNTIME_DIR ?? '');
  try {
    accessSync(preferred, constants.W_OK);
    return preferred;
  } catch {
    return tmpdir();
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
