import type { Log } from '../settings/log.js';
import type { ServerAddress } from '../settings/server-address.js';
import type { HostKeyPolicy } from '../settings/settings.js';
import { rsaBits } from './host-key.js';
import type { HostKeyCheck } from './host-key-proof.js';
import { fingerprint, type KnownHosts, keyType, learnHostKey } from './known-hosts.js';
import { SessionError } from './session-error.js';
import { compareWithDns, type DnsFingerprint } from './sshfp-match.js';

/** Shorter RSA keys are no longer considered safe (NIST SP 800-131A). */
export const usualRsaBits = 2_048;

export interface HostKeyTools {
  readonly known: KnownHosts;
  readonly policy: HostKeyPolicy;
  /** RSA keys with fewer bits are refused, known or not. */
  readonly leastRsaBits: number;
  /** Where `accept-new` writes what it learns. */
  readonly learnInto: string | undefined;
  /** Fingerprints that DNSSEC has proved, for a host that no file knows; undefined where DNS is not asked. */
  readonly dnsFingerprints?: ((host: string) => Promise<readonly DnsFingerprint[]>) | undefined;
  readonly log: Log;
}

/**
 * Decides on a key that a server has shown. The administrator's log gets the fingerprint; a key that is refused is
 * refused under either policy unless the host is wholly unknown and `accept-new` may learn it, which happens when the
 * server has proved that it holds the key.
 */
export async function checkHostKey(server: ServerAddress, key: Buffer, tools: HostKeyTools): Promise<HostKeyCheck> {
  const { known, policy, learnInto, log } = tools;
  const shown = { server: server.name, port: server.port, type: keyType(key), fingerprint: fingerprint(key) };
  const verdict = known.verdict(server.host, server.port, key);
  const refuse = (code: SessionError['code'], detail: string): HostKeyCheck => {
    log.error(code, { ...shown, detail });
    return { accepted: false, error: new SessionError(code, `${shown.type} ${shown.fingerprint}: ${detail}`) };
  };
  const learn = async (file: string): Promise<void> => {
    try {
      await learnHostKey(file, server.host, server.port, key);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error('host-key-not-learnt', { ...shown, file, problem });
      throw new SessionError('host-key-unknown', `its key cannot be written down: ${problem}`);
    }
    log.warn('host-key-learnt', { ...shown, file });
  };
  const bits = rsaBits(key);
  if (bits !== undefined && bits < tools.leastRsaBits && verdict.kind !== 'revoked') {
    return refuse('host-key-weak', `it has ${bits} bits, and ${tools.leastRsaBits} are required`);
  }
  switch (verdict.kind) {
    case 'known':
      return { accepted: true };
    case 'revoked':
      return refuse('host-key-revoked', `revoked by ${verdict.at.file}:${verdict.at.line}`);
    case 'changed':
      return refuse('host-key-changed', `${verdict.at.file}:${verdict.at.line} holds another`);
    case 'unknown': {
      const { knownTypes } = verdict;
      // DNS is heard where the files say nothing; it overrules none of them.
      const fingerprints = knownTypes.length === 0 ? await tools.dnsFingerprints?.(server.host) : undefined;
      switch (compareWithDns(key, fingerprints ?? [])) {
        case 'same':
          log.info('host-key-in-dns', shown);
          return { accepted: true };
        case 'other':
          return refuse('host-key-changed', 'its SSHFP records in DNS, proved by DNSSEC, name another');
        case 'silent':
      }
      if (policy !== 'accept-new' || learnInto === undefined || knownTypes.length > 0) {
        const others =
          knownTypes.length > 0 ? `only keys of type ${knownTypes.join(', ')} are known` : 'no key is known';
        return refuse('host-key-unknown', others);
      }
      return { accepted: true, onProof: () => learn(learnInto) };
    }
  }
}
