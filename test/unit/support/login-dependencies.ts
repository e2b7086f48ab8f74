import { createConnect } from '../../../src/login/connect.js';
import type { LoginDependencies } from '../../../src/login/login.js';
import { ServerMonitor } from '../../../src/login/server-monitor.js';
import { discoverServers } from '../../../src/servers/discovery/server-list.js';
import { probe } from '../../../src/servers/probe.js';
import { noSshMemory } from '../../../src/servers/ssh-memory.js';
import { knownHosts, parseKnownHosts } from '../../../src/session/host-keys/known-hosts.js';
import { readSettings } from '../../../src/settings/settings.js';
import { createLog, type Log } from '../../../src/shared/log/log.js';

/**
 * What a login needs, and nothing beside: no windows, no hooks, no memory of failures (so that the first server stays
 * the first), no info service.
 * @param lines as of a known_hosts file
 */
export function loginDependenciesFor(
  environment: Readonly<Record<string, string>>,
  lines: readonly string[],
  log: Log = createLog(0, () => {}),
): LoginDependencies {
  const settings = readSettings(environment);
  const known = knownHosts(parseKnownHosts(lines.join('\n'), 'known').lines);
  return {
    settings,
    log,
    monitor: new ServerMonitor({
      gather: () => discoverServers(settings, log, Math.random),
      ask: (server, question) => probe(server, { ...question, infoPort: 1, timeoutMs: 2_000 }),
    }),
    sshMemory: noSshMemory,
    demotions: { isDemoted: () => false, failed: () => {}, succeeded: () => {} },
    knownHosts: async () => known,
    connect: createConnect({ settings, learnInto: undefined, log }),
    forwardX11: undefined,
    hasNetwork: () => true,
    sendMagicPacket: async () => {},
    random: Math.random,
    now: () => performance.now(),
  };
}
