import type { HostKeyPolicy } from '../../settings/settings.js';
import { errorMessage } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import type { ServerAddress } from '../../shared/server-address.js';
import { SessionError } from '../session-error.js';
import {
  type CertificateProblem,
  certificateProblem,
  certificateTime,
  isCertificate,
  parseCertificate,
} from './host-certificate.js';
import { rsaBits } from './host-key.js';
import type { HostKeyCheck } from './host-key-proof.js';
import { fingerprint, type KnownHosts, keyType, learnHostKey } from './known-hosts.js';
import { compareWithDns, type DnsFingerprint } from './sshfp-match.js';

export interface HostKeyDependencies {
  readonly known: KnownHosts;
  readonly policy: HostKeyPolicy;
  /** RSA keys with fewer bits are refused, known or not. */
  readonly minRsaBits: number;
  /** The file for the keys that `accept-new` learns. */
  readonly learnInto: string | undefined;
  /** Fingerprints that DNSSEC has proved, for a host that is in no file; undefined where DNS is not used. */
  readonly dnsFingerprints?: ((host: string) => Promise<readonly DnsFingerprint[]>) | undefined;
  /** The clock of this machine, in ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
}

/** Each of these is also the name of an event of the log. */
type RefusalCode = Extract<SessionError['code'], `host-${string}`>;

/**
 * Decides on a key that a server has shown. The fingerprint goes to the administrator's log. `accept-new` differs from
 * `strict` only for a host of which no key is known: it learns the key once the server has proved that it holds it.
 */
export async function checkHostKey(
  server: ServerAddress,
  key: Buffer,
  dependencies: HostKeyDependencies,
): Promise<HostKeyCheck> {
  const { known, policy, learnInto, log } = dependencies;
  const shown = { server: server.name, port: server.port, type: keyType(key), fingerprint: fingerprint(key) };
  const refuse = (code: RefusalCode, detail: string): HostKeyCheck => {
    log.error(code, { ...shown, detail });
    return { accepted: false, error: new SessionError(code, `${shown.type} ${shown.fingerprint}: ${detail}`) };
  };
  if (isCertificate(key)) return checkCertificate(server, key, dependencies, refuse);
  const verdict = known.verdict(server.host, server.port, key);
  const learn = async (file: string): Promise<void> => {
    try {
      await learnHostKey(file, server.host, server.port, key);
    } catch (error) {
      const problem = errorMessage(error);
      log.error('host-key-not-learned', { ...shown, file, problem });
      throw new SessionError('host-key-unknown', `its key cannot be written down: ${problem}`, { cause: error });
    }
    log.warn('host-key-learned', { ...shown, file });
  };
  const bits = rsaBits(key);
  if (bits !== undefined && bits < dependencies.minRsaBits && verdict.kind !== 'revoked') {
    return refuse('host-key-weak', `it has ${bits} bits, and ${dependencies.minRsaBits} are required`);
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
      // DNS counts only where the files have nothing; the files take precedence.
      const fingerprints = knownTypes.length === 0 ? await dependencies.dnsFingerprints?.(server.host) : undefined;
      const inDns = compareWithDns(key, fingerprints ?? []);
      if (inDns === 'same') {
        log.info('host-key-in-dns', shown);
        return { accepted: true };
      }
      if (inDns === 'other') {
        return refuse('host-key-changed', 'its SSHFP records in DNS, proved by DNSSEC, name another');
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

/** Why a certificate proves nothing, for the log. */
const certificateProblems: Readonly<Record<CertificateProblem | 'unknown-authority', string>> = {
  'unknown-authority': 'no @cert-authority line for this host holds the key of its authority',
  damaged: 'the certified key cannot be used',
  'user-certificate': 'it is no certificate of a host',
  'wrong-name': 'it is for other names',
  'not-yet-valid': 'it is not valid yet',
  expired: 'it has expired',
  'critical-options': 'it has critical options, which a host certificate must not have',
  'wrong-signature': 'the signature of its authority is wrong, or of an algorithm that is not accepted',
};

/**
 * A certificate counts when a `@cert-authority` line of this host has its authority. Otherwise the key in it is judged
 * like any other key, as OpenSSH does, but it is never learned.
 */
function checkCertificate(
  { host, port, name }: ServerAddress,
  bytes: Buffer,
  { known, clock, minRsaBits, log }: HostKeyDependencies,
  refuse: (code: RefusalCode, detail: string) => HostKeyCheck,
): HostKeyCheck {
  const certificate = parseCertificate(bytes);
  if (certificate === undefined) return refuse('host-certificate-refused', 'the certificate is damaged');
  const { key, authority, id, serial, principals } = certificate;
  const said = {
    server: name,
    port,
    id,
    serial: String(serial),
    authority: fingerprint(authority),
    fingerprint: fingerprint(key),
  };
  if ([key, authority].some((one) => known.isRevoked(host, port, one))) {
    return refuse('host-key-revoked', 'its key, or that of its certificate authority, is revoked');
  }
  const bits = [key, authority].map(rsaBits).find((one) => one !== undefined && one < minRsaBits);
  if (bits !== undefined) return refuse('host-key-weak', `a key of ${bits} bits, and ${minRsaBits} are required`);
  const isTrusted = known.authorities(host, port).some((one) => one.equals(authority));
  const now = clock();
  const problem = isTrusted ? certificateProblem(certificate, host, now) : 'unknown-authority';
  if (problem === undefined) {
    log.info('host-certificate-accepted', said);
    return { accepted: true };
  }
  const details = {
    names: principals.join(','),
    from: certificateTime(certificate.validAfter),
    until: certificateTime(certificate.validBefore),
    now: new Date(now).toISOString(),
  };
  log.warn('host-certificate-unusable', { ...said, ...details, problem });
  if (known.verdict(host, port, key).kind === 'known') return { accepted: true };
  const isTime = problem === 'expired' || problem === 'not-yet-valid';
  return refuse(isTime ? 'host-certificate-time' : 'host-certificate-refused', certificateProblems[problem]);
}
