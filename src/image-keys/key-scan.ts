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
import { offeredHostKeyAlgorithms, openingWords } from './key-offer.js';
import '../session/ssh2/hooks.js';

/** What a server has shown. */
export type HostScan =
  | {
      readonly kind: 'scanned';
      /** As known_hosts names it: the name as given, then its addresses; with the port where it is not 22. */
      readonly names: readonly string[];
      /** One of each type, in OpenSSH's order, in the ssh wire form; at least one. */
      readonly keys: readonly Buffer[];
      /** The certificates of these keys, in the ssh wire form, as the first address shows them. */
      readonly certificates: readonly Buffer[];
      /** Addresses of the name that gave no keys, each with the reason. */
      readonly silent: readonly string[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ScanDependencies {
  /** All addresses of a host name or address. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** ms for each step: the name, and each handshake. */
  readonly timeoutMs: number;
  /** ms from one connection to a server to the next; {@link scanPaceMs} where it is not said. */
  readonly paceMs?: number;
}

/**
 * sshd counts each connection that does not sign in as a second of penalty, and turns an address away that has
 * gathered 15 s (PerSourcePenalties, OpenSSH 9.8). Each key type takes a connection. At this pace the penalties pass as
 * fast as they come, however often servers are scanned.
 */
const scanPaceMs = 1_500;

/**
 * Asks one server for its host keys, at every address that its name has. Behind all of them must be the same keys:
 * a name shared by several machines cannot be trusted as one.
 */
export async function scanHost(server: ServerAddress, dependencies: ScanDependencies): Promise<HostScan> {
  const found = await addresses(server.host, dependencies);
  if (typeof found === 'string') return { kind: 'failed', reason: found };
  // All addresses may well lead to one sshd.
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
    const reason = `${first.address} and ${other.address} show different keys: scan these machines by names of their own`;
    return { kind: 'failed', reason };
  }
  // 127.0.0.1 is another machine on every machine, so it names only what was asked for by it.
  const usable = answered.map(({ address }) => address).filter((address) => !isLoopback(address));
  const names = [server.host, ...usable].map((name) => lookupName(canonicalHost(name), server.port));
  const asGiven = lookupName(server.host, server.port);
  const { keys, certificates } = first;
  return { kind: 'scanned', names: [...new Set([asGiven, ...names])], keys, certificates, silent };
}

/** Whether two servers hold the very same keys. */
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

/** Gives one turn after the other, each so many ms after the last. */
function paced(paceMs: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const wait = next - now;
    next = Math.max(now, next) + paceMs;
    if (wait > 0) await sleep(wait);
  };
}

/** What a server has: at least one key, and the certificates of some of them. */
interface Shown {
  readonly keys: readonly Buffer[];
  readonly certificates: readonly Buffer[];
}

/**
 * One handshake after the other, each for one of the types that the server offers and that were not seen yet.
 * @returns what it has, or why there is nothing: half of the keys would be worse, as the rest would look changed later
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
  if (keys.length === 0) return `it has no host key of a type in use today (${provableKeyTypes.join(', ')})`;
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
  busy: 'it has as many logins under way as it takes (MaxStartups); try again',
  'turned-away':
    'it turns this machine away: too many logins are under way (MaxStartups), or too many have failed or were left unfinished (PerSourcePenalties); try again later',
  protocol: 'it does not speak ssh as we do',
  'no-common-algorithm': 'it does not speak ssh as we do',
};

interface Handshake {
  readonly key: Buffer | undefined;
  readonly offered: readonly string[] | undefined;
}

/**
 * A whole key exchange, signature included, so that the server has proved that it holds the key; then good-bye. No
 * user name is sent: ssh2 would begin to sign in only on a socket that still takes data.
 * @returns no key when the server has none of these types; the types that it offers, where it tells
 */
function handshake(host: string, port: number, types: readonly string[], timeoutMs: number): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const socket = connect({ host, port, noDelay: true });
    const words = openingWords(socket);
    let key: Buffer | undefined;
    const shown = (): Handshake => ({ key, offered: offeredHostKeyAlgorithms(words())?.map(typeOfAlgorithm) });
    const give = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    const fail = (error: unknown): void => {
      const refusal = sshdRefusal(words().toString('latin1', 0, 1_024));
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
    client.on('close', () => fail(new SessionError('closed', 'closed before the handshake was through')));
    client.on('handshake', () => {
      client.end();
      // A server that does not hang up must not hold the process.
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
