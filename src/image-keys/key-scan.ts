import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ssh2';
import { sshdRefusal } from '../protocol/sshd-refusal.js';
import { type EarlyErrorCode, isEarly } from '../session/failures.js';
import {
  algorithmsOfType,
  certificateTypes,
  keyType,
  provableKeyTypes,
  typeOfAlgorithm,
} from '../session/host-keys/host-key.js';
import { lookupName } from '../session/host-keys/known-hosts-line.js';
import { SessionError, toSessionError } from '../session/session-error.js';
import { algorithmsOf } from '../session/ssh/connect-config.js';
import { orAfter } from '../shared/abort.js';
import { errorCode } from '../shared/errors.js';
import { isLoopback } from '../shared/ip-address.js';
import { canonicalHost, type ServerAddress } from '../shared/server-address.js';
import { offeredHostKeyAlgorithms, plainOutput } from './key-offer.js';
import '../session/ssh2/hooks.js';

/** The result of scanning one server. */
export type HostScan =
  | {
      readonly kind: 'scanned';
      /** The names for known_hosts: the name as given, then its addresses; with the port if it is not 22. */
      readonly names: readonly string[];
      /** At least one key, at most one of each type, in OpenSSH's order, in the ssh wire format. */
      readonly keys: readonly Buffer[];
      /** The certificates of these keys from the first address, in the ssh wire format. */
      readonly certificates: readonly Buffer[];
      /** Addresses without keys, each with the reason. */
      readonly silent: readonly string[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ScanDependencies {
  /** All addresses of a host name or address. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** ms for each step: the lookup of the name, and each handshake. */
  readonly timeoutMs: number;
  /** ms between the starts of two connections to a server; by default {@link scanPaceMs}. */
  readonly paceMs?: number;
}

/**
 * sshd adds a penalty of one second for each connection that does not sign in, and rejects an address with penalties of
 * 15 s (PerSourcePenalties, OpenSSH 9.8). Each key type needs one connection. At this pace the penalties expire as fast as
 * they are added, even in repeated scans.
 */
const scanPaceMs = 1_500;

/**
 * Scans the host keys of one server at every address of its name. All addresses must have the same keys: a name that
 * several machines share cannot be trusted as one.
 */
export async function scanHost(server: ServerAddress, dependencies: ScanDependencies): Promise<HostScan> {
  const found = await addresses(server.host, dependencies);
  if (typeof found === 'string') return { kind: 'failed', reason: found };
  // All addresses may belong to one sshd.
  const turn = paced(dependencies.paceMs ?? scanPaceMs);
  const scans = await Promise.all(
    found.map((address) => scanAddress(address, server.port, dependencies.timeoutMs, turn)),
  );
  const silent: string[] = [];
  const answered: (Shown & { readonly address: string })[] = [];
  for (const [index, scan] of scans.entries()) {
    const address = found[index] ?? '';
    if (typeof scan === 'string') silent.push(address === server.host ? scan : `${address}: ${scan}`);
    else answered.push({ address, ...scan });
  }
  const [first, ...others] = answered;
  if (first === undefined) return { kind: 'failed', reason: silent.join('; ') };
  const other = others.find(({ keys }) => !sameKeys(keys, first.keys));
  if (other) {
    const reason = `${first.address} and ${other.address} show different keys: scan these machines by separate names`;
    return { kind: 'failed', reason };
  }
  // 127.0.0.1 is a different machine on every machine, so it is a name only if it was given.
  const usable = answered.map(({ address }) => address).filter((address) => !isLoopback(address));
  const names = [server.host, ...usable].map((name) => lookupName(canonicalHost(name), server.port));
  const asGiven = lookupName(server.host, server.port);
  const { keys, certificates } = first;
  return { kind: 'scanned', names: [...new Set([asGiven, ...names])], keys, certificates, silent };
}

/** Whether two servers have exactly the same keys. */
export function sameKeys(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.length === others.length && some.every((key) => others.some((other) => other.equals(key)));
}

async function addresses(
  host: string,
  { addressesOf, timeoutMs }: ScanDependencies,
): Promise<readonly string[] | string> {
  try {
    const late = (): never => {
      throw new Error('the name server does not answer');
    };
    const found = [...new Set(await orAfter(addressesOf(host), timeoutMs, late))];
    return found.length > 0 ? found : reasons.unresolvable;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'unresolvable' || code === 'dns-failed') return reasons[code];
    return `its name does not resolve${code === undefined ? '' : ` (${code})`}`;
  }
}

/** Returns a function that waits for the next turn, at most one each `paceMs`. */
function paced(paceMs: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const wait = next - now;
    next = Math.max(now, next) + paceMs;
    if (wait > 0) await sleep(wait);
  };
}

/** At least one key, and the certificates of some of the keys. */
interface Shown {
  readonly keys: readonly Buffer[];
  readonly certificates: readonly Buffer[];
}

/**
 * Makes one handshake for each key type that the server offers.
 * @returns all keys, or the reason why there are none: with half of the keys, the others would look changed later
 */
async function scanAddress(
  address: string,
  port: number,
  timeoutMs: number,
  turn: () => Promise<void>,
): Promise<Shown | string> {
  const seen: Buffer[] = [];
  let types = [...provableKeyTypes, ...certificateTypes];
  try {
    while (types.length > 0) {
      await turn();
      const { key, offered } = await handshake(address, port, types, timeoutMs);
      if (key === undefined) break;
      seen.push(key);
      types = types.filter((type) => type !== keyType(key) && (offered?.includes(type) ?? true));
    }
  } catch (error) {
    const { code } = toSessionError(error);
    return reasons[isEarly(code) ? code : 'protocol'];
  }
  const ofTypes = (wanted: readonly string[]): Buffer[] =>
    wanted.flatMap((type) => seen.filter((key) => keyType(key) === type));
  const keys = ofTypes(provableKeyTypes);
  if (keys.length === 0) return `it has no host key of a supported type (${provableKeyTypes.join(', ')})`;
  return { keys, certificates: ofTypes(certificateTypes) };
}

/** Why a server shows no keys, for the administrator. */
const reasons: Readonly<Record<EarlyErrorCode, string>> = {
  unresolvable: 'its name has no address',
  'dns-failed': 'its address cannot be looked up at the moment',
  refused: 'it refuses the connection',
  unreachable: 'it cannot be reached',
  timeout: 'no answer in time',
  closed: 'it closed the connection before it showed its keys',
  busy: 'it has too many logins in progress (MaxStartups); try again',
  'turned-away':
    'it rejects this machine: too many logins are in progress (MaxStartups), or too many failed or were left unfinished (PerSourcePenalties); try again later',
  protocol: 'it does not speak ssh in a supported way',
  'no-common-algorithm': 'it has no algorithm in common with ldm',
};

interface Handshake {
  readonly key: Buffer | undefined;
  readonly offered: readonly string[] | undefined;
}

/**
 * A complete key exchange, so that the server proves that it has the private key, then a disconnect. No user name is sent:
 * ssh2 starts to sign in only on a socket that still accepts data.
 * @returns no key if the server has none of these types, and the types that it offers, if known
 */
function handshake(host: string, port: number, types: readonly string[], timeoutMs: number): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const socket = connect({ host, port, noDelay: true });
    const output = plainOutput(socket);
    let key: Buffer | undefined;
    const shown = (): Handshake => ({ key, offered: offeredHostKeyAlgorithms(output())?.map(typeOfAlgorithm) });
    const give = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    const fail = (error: unknown): void => {
      const refusal = sshdRefusal(output().toString('latin1', 0, 1_024));
      give(() =>
        reject(refusal === undefined ? error : new SessionError(refusal, 'it said so in place of its banner')),
      );
    };
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new SessionError('timeout', `no key within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    client.on('error', (error) => {
      if (/no matching host key format/.test(error.message)) give(() => resolve(shown()));
      else fail(error);
      socket.destroy();
    });
    client.on('close', () => fail(new SessionError('closed', 'closed before the handshake was complete')));
    client.on('handshake', () => {
      client.end();
      // A server that does not close the connection must not keep the process alive.
      const grace = setTimeout(() => socket.destroy(), 1_000);
      socket.once('close', () => clearTimeout(grace));
      give(() => resolve(shown()));
    });
    client.connect({
      sock: socket,
      username: '',
      readyTimeout: 0,
      algorithms: algorithmsOf({ hostKeyAlgorithms: types.flatMap(algorithmsOfType) }) as never,
      hostVerifier: (shown: Buffer) => {
        key = Buffer.from(shown);
        return true;
      },
    });
  });
}
