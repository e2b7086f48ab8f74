import { type EtcdCall, EtcdError, isObject, toBase64 } from '../../protocol/etcd-gateway.js';
import type { Log } from '../log.js';
import { compareEntry } from './etcd-entry.js';

export interface RegistrationDependencies {
  /** Connects to one member. @throws {EtcdError} */
  open(endpoint: string, signal: AbortSignal): Promise<EtcdCall>;
  /** Monotonic clock, ms. */
  now(): number;
  /** Uniform in [0, 1), as Math.random. */
  random(): number;
  readonly log: Log;
  /** Identifies this process to the administrator of a server that has the same name. */
  readonly author: string;
}

/** In seconds: the entry of a server that dies disappears within this time. */
const leaseSeconds = 10;
/** Three keep-alives may be lost. With each one, the entry in etcd is compared with what was written. */
export const keepAliveEveryMs = 2_500;
/** A member that is silent for this long is replaced by the next one. */
const memberTimeoutMs = 1_500;
/** For the request that removes the entry when the process ends. */
const revokeTimeoutMs = 800;
/** Another server of the same name is forgotten when it was not seen for a lease: it has ended, or has another name. */
export const clashLastsMs = leaseSeconds * 1_000;

/**
 * This server's entry in etcd, under a lease. The text is written when it changes or when etcd no longer has it;
 * otherwise only the lease is kept alive. Any member of the cluster is used.
 */
export class Registration {
  readonly #endpoints: readonly string[];
  readonly #key: string;
  readonly #dependencies: RegistrationDependencies;
  #lease: { readonly id: string; readonly keptAt: number } | undefined;
  #written: string | undefined;
  /** Increases with each member that fails; the member in use is this modulo their number. */
  #member: number;
  #call: EtcdCall | undefined;
  #clash: { readonly by: string; readonly seenAt: number } | undefined;
  /** Our user of etcd may write but not read. */
  #isWriteOnly = false;
  #isEnded = false;

  /** @param key the whole key: prefix and name */
  constructor(endpoints: readonly string[], key: string, dependencies: RegistrationDependencies) {
    this.#endpoints = endpoints;
    this.#key = key;
    this.#dependencies = dependencies;
    // Spreads the servers over the members.
    this.#member = Math.floor(dependencies.random() * endpoints.length);
  }

  get isWritten(): boolean {
    return this.#written !== undefined;
  }

  /** The author of an entry of the same name that was seen last; undefined without a clash. */
  get clashingAuthor(): string | undefined {
    return this.#clash?.by;
  }

  /**
   * Makes sure that etcd has the text.
   * @throws {EtcdError} when no member does what is needed
   */
  async update(text: string): Promise<void> {
    const problems: string[] = [];
    // One attempt more than there are members, since an expired lease is not the fault of a member.
    for (let tries = 0; tries <= this.#endpoints.length && !this.#isEnded; tries += 1) {
      try {
        await this.#updateOnMember(text);
        this.#forgetOldClash();
        return;
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        problems.push(error.message);
        // It is unknown whether the member wrote the text, so it is written again.
        this.#written = undefined;
        this.#call = undefined;
        if (error.code === 'refused') {
          // The lease or the token has expired. Without a lease, the credentials are wrong, and remain wrong.
          if (this.#lease === undefined) break;
          this.#lease = undefined;
        } else this.#member += 1;
      }
    }
    throw new EtcdError('no-answer', [...new Set(problems)].join('; '));
  }

  /** Removes the entry immediately, if etcd is available. Never throws. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#lease === undefined || this.#call === undefined) return;
    const within = AbortSignal.timeout(revokeTimeoutMs);
    await this.#call('/v3/lease/revoke', { ID: this.#lease.id }, within).catch(() => {});
  }

  async #updateOnMember(text: string): Promise<void> {
    const { now, log, open } = this.#dependencies;
    const endpoint = this.#endpoints[this.#member % this.#endpoints.length] ?? '';
    this.#call ??= await open(endpoint, memberTimeout());
    const call = this.#call;
    const at = now();
    if (this.#lease === undefined) {
      const id = property(await call('/v3/lease/grant', { TTL: leaseSeconds }, memberTimeout()), 'ID');
      if (typeof id !== 'string') throw new EtcdError('not-understood', `${endpoint} grants no lease`);
      this.#lease = { id, keptAt: at };
      this.#written = undefined;
      log.info('etcd-registered', { key: this.#key, endpoint });
    } else if (at - this.#lease.keptAt >= keepAliveEveryMs) {
      const { id } = this.#lease;
      const ttl = property(property(await call('/v3/lease/keepalive', { ID: id }, memberTimeout()), 'result'), 'TTL');
      if (!(Number(ttl) > 0)) throw new EtcdError('refused', `${endpoint}: the lease has expired`);
      this.#lease = { id, keptAt: at };
      await this.#compare(call, id);
    }
    if (text === this.#written) return;
    const entry = { key: toBase64(this.#key), value: toBase64(text), lease: this.#lease.id };
    await call('/v3/kv/put', entry, memberTimeout());
    this.#written = text;
  }

  /** Checks that etcd still has what was written, and has it written again if not. */
  async #compare(call: EtcdCall, lease: string): Promise<void> {
    const text = this.#written;
    if (text === undefined) return;
    const { log, author, now } = this.#dependencies;
    const found = this.#isWriteOnly ? undefined : await this.#read(call);
    const state = found === undefined ? undefined : compareEntry(found, { text, lease }, author);
    if (state?.kind === 'ours') return;
    this.#written = undefined;
    if (state === undefined) return;
    if (state.kind !== 'foreign') {
      log.warnRarely('etcd-entry-lost', { key: this.#key, how: state.kind });
      return;
    }
    if (this.#clash?.by !== state.by)
      log.warn('etcd-name-conflict', { key: this.#key, by: state.by, advice: 'set etcd-name' });
    this.#clash = { by: state.by, seenAt: now() };
  }

  /** @returns undefined where our user may not read; then the entry is written with each keep-alive */
  async #read(call: EtcdCall): Promise<unknown> {
    try {
      return await call('/v3/kv/range', { key: toBase64(this.#key) }, memberTimeout());
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'refused' || !/permission denied/.test(error.message))
        throw error;
      this.#isWriteOnly = true;
      this.#dependencies.log.warn('etcd-entry-unreadable', { key: this.#key, problem: error.message });
      return undefined;
    }
  }

  #forgetOldClash(): void {
    const { now, log } = this.#dependencies;
    if (this.#clash === undefined || now() - this.#clash.seenAt < clashLastsMs) return;
    log.info('etcd-name-conflict-resolved', { key: this.#key });
    this.#clash = undefined;
  }
}

function memberTimeout(): AbortSignal {
  return AbortSignal.timeout(memberTimeoutMs);
}

function property(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
