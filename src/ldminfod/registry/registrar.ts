import { type EtcdAccess, type EtcdCall, EtcdError, openEtcd, toBase64 } from '../../protocol/etcd-gateway.js';
import type { Log } from '../log.js';
import { compareEntry, withAuthor } from './etcd-entry.js';

export interface RegistrarDependencies {
  /** The answer of this moment, as on the wire. */
  lines(): Promise<string>;
  /** A clock that never goes back; ms. */
  now(): number;
  /** Uniform in [0, 1), as Math.random. */
  random(): number;
  readonly log: Log;
  /** Who we are to the administrator of a server that has the same name. */
  readonly author: string;
}

/** A server that dies is gone from etcd within this, in seconds. */
export const leaseSeconds = 10;
/** Three keep-alives may be lost. With each, our entry is compared with what etcd has. */
const keepAliveEveryMs = 2_500;
/** Another server of the same name is forgotten when it was not seen for a lease: it has ended, or has another name. */
const clashLastsMs = leaseSeconds * 1_000;
/** So often it is looked whether the lines have changed; they are written no oftener. */
export const lookEveryMs = 1_000;
const longestPauseMs = 8_000;
/** A member that is silent for so long is left for the next one. */
const memberTimeoutMs = 1_500;
/** The last word at the end of the process. */
const farewellMs = 800;

/**
 * Keeps this server's lines in etcd under a lease, so that they vanish with the process. They are written when they
 * change, or when etcd no longer has them; in between only the lease is kept alive. Any member will do; while all are
 * away it tries again, less and less often, and nothing else suffers.
 */
export class Registrar {
  private lease: { readonly id: string; readonly keptAt: number } | undefined;
  private written: string | undefined;
  /** Counts on; the member is this modulo their number. */
  private member: number;
  private call: EtcdCall | undefined;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** The other server of our name that was seen last. */
  private clash: { readonly by: string; readonly seenAt: number } | undefined;
  /** Our user of etcd may write and not read. */
  private writeOnly = false;

  /** @param key the whole key: prefix and name */
  constructor(
    private readonly access: EtcdAccess,
    private readonly key: string,
    private readonly dependencies: RegistrarDependencies,
  ) {
    // A thousand servers shall not all hang on the first member.
    this.member = Math.floor(dependencies.random() * access.endpoints.length);
  }

  start(): void {
    void this.turn();
  }

  /** Takes the server out of etcd at once, if etcd is there. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { lease, call } = this;
    if (lease === undefined || call === undefined) return;
    await call('/v3/lease/revoke', { ID: lease.id }, AbortSignal.timeout(farewellMs)).catch(() => {});
  }

  /** For `ldminfod status`. */
  state(): string {
    if (this.clash !== undefined) return `name clash: ${this.key} is also registered by ${this.clash.by}`;
    if (this.failures > 0) return 'away';
    return this.written === undefined ? 'not registered yet' : `registered as ${this.key}`;
  }

  private async turn(): Promise<void> {
    const { log, random } = this.dependencies;
    try {
      await this.onSomeMember(withAuthor(lasting(await this.dependencies.lines()), this.dependencies.author));
      this.noteClashEnd();
      if (this.failures > 0) log.info('etcd-available', { failures: this.failures });
      this.failures = 0;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.failures === 0) log.warn('etcd-unavailable', { problem });
      this.failures += 1;
    }
    if (this.stopped) return;
    // Drawn from the upper half, so that servers that lost etcd at one time do not come back at one time.
    const pause = Math.min(longestPauseMs, lookEveryMs * 2 ** this.failures) * (0.5 + random() / 2);
    this.timer = setTimeout(() => void this.turn(), this.failures === 0 ? lookEveryMs : pause);
  }

  /** @throws {EtcdError} when no member does what is needed */
  private async onSomeMember(text: string): Promise<void> {
    const problems: string[] = [];
    // One time more than there are members: a lease that has ended is no member's fault.
    for (let tries = 0; tries <= this.access.endpoints.length && !this.stopped; tries += 1) {
      try {
        await this.keep(text);
        return;
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        problems.push(error.message);
        // Whether the member wrote it is not known, so it is written again.
        this.written = undefined;
        this.call = undefined;
        if (error.code === 'refused') {
          // The lease has ended, or the token has; wrong credentials stay wrong.
          if (this.lease === undefined) break;
          this.lease = undefined;
        } else this.member += 1;
      }
    }
    throw new EtcdError('no-answer', [...new Set(problems)].join('; '));
  }

  private async keep(text: string): Promise<void> {
    const { access, key, dependencies } = this;
    const within = (): AbortSignal => AbortSignal.timeout(memberTimeoutMs);
    const endpoint = access.endpoints[this.member % access.endpoints.length] ?? '';
    this.call ??= await openEtcd(access, endpoint, within());
    const { call } = this;
    const at = dependencies.now();
    if (this.lease === undefined) {
      const id = property(await call('/v3/lease/grant', { TTL: leaseSeconds }, within()), 'ID');
      if (typeof id !== 'string') throw new EtcdError('not-understood', `${endpoint} grants no lease`);
      this.lease = { id, keptAt: at };
      this.written = undefined;
      dependencies.log.info('etcd-registered', { key, endpoint });
    } else if (at - this.lease.keptAt >= keepAliveEveryMs) {
      const { id } = this.lease;
      const ttl = property(property(await call('/v3/lease/keepalive', { ID: id }, within()), 'result'), 'TTL');
      if (!(Number(ttl) > 0)) throw new EtcdError('refused', `${endpoint}: the lease has ended`);
      this.lease = { id, keptAt: at };
      await this.compare(call, id, within());
    }
    if (text === this.written) return;
    await call('/v3/kv/put', { key: toBase64(key), value: toBase64(text), lease: this.lease.id }, within());
    this.written = text;
  }

  /** Looks whether etcd still has what was written, so that it is written again if not. */
  private async compare(call: EtcdCall, lease: string, within: AbortSignal): Promise<void> {
    const { key, dependencies, written } = this;
    if (written === undefined) return;
    const found = this.writeOnly ? undefined : await this.read(call, within);
    if (found === undefined) {
      this.written = undefined;
      return;
    }
    const state = compareEntry(found, { text: written, lease }, dependencies.author);
    if (state.kind === 'ours') return;
    this.written = undefined;
    if (state.kind !== 'foreign') {
      dependencies.log.warnRarely('etcd-entry-lost', { key, how: state.kind });
      return;
    }
    if (this.clash?.by !== state.by)
      dependencies.log.warn('etcd-name-conflict', { key, by: state.by, advice: 'set etcd-name' });
    this.clash = { by: state.by, seenAt: dependencies.now() };
  }

  /** @returns undefined where our user may not read: then the entry is written with each keep-alive */
  private async read(call: EtcdCall, within: AbortSignal): Promise<unknown> {
    try {
      return await call('/v3/kv/range', { key: toBase64(this.key) }, within);
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'refused' || !/permission denied/.test(error.message))
        throw error;
      this.writeOnly = true;
      this.dependencies.log.warn('etcd-entry-unreadable', { key: this.key, problem: error.message });
      return undefined;
    }
  }

  private noteClashEnd(): void {
    if (this.clash === undefined || this.dependencies.now() - this.clash.seenAt < clashLastsMs) return;
    this.dependencies.log.info('etcd-name-conflict-resolved', { key: this.key });
    this.clash = undefined;
  }
}

/** The lines hold until they are written anew, so their age is that of the last look at them. */
function lasting(text: string): string {
  return text.replace(/^age:\d+$/m, `age:${lookEveryMs}`);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
