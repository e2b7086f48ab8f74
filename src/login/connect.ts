import { dial } from '../servers/dial.js';
import type { SshfpRecord } from '../servers/dns/sshfp.js';
import type { ServerStatus } from '../servers/server-status.js';
import { checkHostKey } from '../session/host-keys/host-key-policy.js';
import { hostKeyAlgorithms, type KnownHosts } from '../session/host-keys/known-hosts.js';
import { minRsaBits } from '../session/ssh/connect-config.js';
import { openConnection } from '../session/ssh/open-connection.js';
import type { VerifiedConnection } from '../session/ssh/verified-connection.js';
import type { Settings } from '../settings/settings.js';
import type { Log } from '../shared/log/log.js';

/** Connects to a server and verifies its host key. Nothing of the user is sent. @throws {SessionError} */
export type Connect = (status: ServerStatus, known: KnownHosts, signal: AbortSignal) => Promise<VerifiedConnection>;

export interface ConnectDependencies {
  readonly settings: Settings;
  /** Where `accept-new` writes the keys that it learns. */
  readonly learnInto: string | undefined;
  /** A host's key fingerprints that DNSSEC has proved; undefined where DNS is not used. */
  readonly dnsFingerprints?: ((host: string) => Promise<readonly SshfpRecord[]>) | undefined;
  readonly log: Log;
}

export function createConnect({ settings, learnInto, dnsFingerprints, log }: ConnectDependencies): Connect {
  const { connectTimeoutMs: timeoutMs, sshOptions, postQuantum, legacySsh: isLegacy } = settings;
  return ({ server, address }, known, signal) => {
    const { hostKeyAlias } = sshOptions;
    // As with ssh, an alias has no port.
    const keyed = hostKeyAlias === undefined ? server : { ...server, host: hostKeyAlias, port: 22 };
    return openConnection(server, {
      dial: (within) => dial(server.host, server.port, { first: address, timeoutMs, signal: within }),
      timeoutMs,
      hostKeyAlgorithms: hostKeyAlgorithms(
        known.keyTypes(keyed.host, keyed.port),
        known.authorities(keyed.host, keyed.port).length > 0,
      ),
      checkHostKey: (key) =>
        checkHostKey(keyed, key, {
          known,
          policy: settings.hostKeys,
          minRsaBits: minRsaBits(sshOptions.minRsaBits, isLegacy),
          learnInto,
          dnsFingerprints,
          clock: Date.now,
          log,
        }),
      sshOptions,
      postQuantum,
      isLegacy,
      onSecured: (algorithms) => log.info('connection-secured', { server: server.name, ...algorithms }),
      signal,
    });
  };
}
