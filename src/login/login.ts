import type { ServerStatus } from '../servers/server-status.js';
import { type EndingErrorCode, endsLogin } from '../session/failures.js';
import type { KnownHosts } from '../session/host-keys/known-hosts.js';
import { GoElsewhere } from '../session/one-session.js';
import { type SessionError, toSessionError } from '../session/session-error.js';
import { race, type Won } from '../session/ssh/race.js';
import type { VerifiedConnection } from '../session/ssh/verified-connection.js';
import { type SessionDependencies, type SessionRequest, startSession } from '../session/start-session.js';
import { unlessCancelled } from '../session/unless-cancelled.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { findAllowed } from './allowed-servers.js';
import { type CandidateDependencies, findCandidates, type ServerWish } from './candidates.js';
import type { Connect } from './connect.js';
import { FailedServers, type FailedServersDependencies } from './failed-servers.js';
import { oneSessionPolicy } from './one-session-policy.js';
import { type LookElsewhere, lookElsewhere, otherOwnServers } from './other-own-servers.js';
import type { LoginObserver, LoginOutcome } from './outcome.js';
import { type WakingDependencies, wakeServers } from './waking.js';

/** What is to be logged in. */
export interface LoginRequest extends SessionRequest, ServerWish {
  /** The servers that this account may use, where not all. */
  readonly allowed?: readonly ServerAddress[] | undefined;
}

export interface LoginDependencies
  extends CandidateDependencies,
    Omit<FailedServersDependencies, 'demotions'>,
    Pick<WakingDependencies, 'sendMagicPacket'>,
    Omit<SessionDependencies, 'oneSession' | 'elsewhere' | 'sessionTimeoutMs'> {
  readonly connect: Connect;
  readonly knownHosts: () => Promise<KnownHosts>;
}

/**
 * A login from the choice of the servers to the running session: ask the servers, order them, race the candidates for a
 * verified host key, sign in on the first, start the session. After a server that fails before it has the credentials,
 * the next one follows. After one that fails with them the user decides whether another server gets them. Refused
 * credentials end the login. Never throws: every end is an outcome.
 */
export async function logIn(
  request: LoginRequest,
  dependencies: LoginDependencies,
  observer: LoginObserver,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  const { log, now } = dependencies;
  const began = now();
  const outcome = await new Login(request, dependencies, observer, signal).run();
  const server = 'server' in outcome ? outcome.server : undefined;
  log.info('login', { outcome: outcome.kind, user: request.user, server, ms: Math.round(now() - began) });
  return outcome;
}

/** The servers that are left, and the user's own servers, which may have another session. */
interface Servers {
  readonly candidates: readonly ServerStatus[];
  readonly own: readonly ServerStatus[];
}

/** What one race and the sign-in on its winner lead to. */
type Attempt =
  | { readonly kind: 'end'; readonly outcome: LoginOutcome }
  | { readonly kind: 'next'; readonly servers: Servers };

type Winner = Won<ServerStatus, VerifiedConnection>;

class Login {
  readonly #request: LoginRequest;
  readonly #dependencies: LoginDependencies;
  readonly #observer: LoginObserver;
  readonly #signal: AbortSignal;
  readonly #failed: FailedServers;

  constructor(request: LoginRequest, dependencies: LoginDependencies, observer: LoginObserver, signal: AbortSignal) {
    this.#request = request;
    this.#dependencies = dependencies;
    this.#observer = observer;
    this.#signal = signal;
    this.#failed = new FailedServers(dependencies, observer);
  }

  async run(): Promise<LoginOutcome> {
    const { user } = this.#request;
    const { settings, log } = this.#dependencies;
    if (settings.userAllow?.includes(user) === false) return { kind: 'user-not-allowed', user };
    try {
      return await this.#onSomeServer();
    } catch (thrown) {
      const error = toSessionError(thrown);
      if (error.code === 'cancelled') return { kind: 'cancelled' };
      log.error('login-error', { detail: error.detail });
      return { kind: 'none-left', failures: this.#failed.failures };
    }
  }

  async #onSomeServer(): Promise<LoginOutcome> {
    const { monitor, knownHosts } = this.#dependencies;
    this.#observer.tell({ kind: 'choosing' });
    // At one time: the sooner ssh is opened after the choice, the sooner the next client sees the login there.
    const both = Promise.all([this.#candidates(), knownHosts()]);
    const [candidates, known] = await unlessCancelled(both, this.#signal);
    const { choice } = this.#request;
    if (candidates === undefined && choice.mode === 'server') return { kind: 'unknown-server', server: choice.name };
    let servers: Servers = {
      candidates: candidates ?? [],
      own: await otherOwnServers(this.#request, this.#dependencies),
    };
    for (let wakes: 'may' | 'did' = 'may'; ; wakes = 'did') {
      while (servers.candidates.length > 0) {
        const attempt = await this.#attempt(servers, known);
        if (attempt.kind === 'end') return attempt.outcome;
        servers = attempt.servers;
      }
      const woken = wakes === 'may' ? await this.#wake() : undefined;
      if (woken === undefined) break;
      servers = { candidates: [woken], own: [] };
    }
    const { isLastResort } = await monitor.servers();
    const { failures, isOffline } = this.#failed;
    return { kind: 'none-left', failures, isLastResort, isOffline };
  }

  #candidates(): Promise<readonly ServerStatus[] | undefined> {
    const { allowed, user, whose = user } = this.#request;
    const wish = { ...this.#request, whose };
    return allowed === undefined
      ? findCandidates(wish, this.#dependencies)
      : findAllowed(wish, allowed, this.#dependencies);
  }

  /** A server that was switched off, now that none is left; undefined where there is none, or none comes. */
  async #wake(): Promise<ServerStatus | undefined> {
    const { monitor } = this.#dependencies;
    const unreached = new Set(this.#failed.unreached);
    const asleep = monitor
      .statuses()
      .map(({ server }) => server)
      .filter((server) => unreached.has(server.name) && monitor.macOf(server) !== undefined);
    if (asleep.length === 0) return undefined;
    const tell = (servers: readonly string[]): void => this.#observer.tell({ kind: 'waking', servers });
    return unlessCancelled(wakeServers(asleep, this.#dependencies, tell, this.#signal), this.#signal);
  }

  /** Races the candidates, and starts the session on the first that has proved its host key. */
  async #attempt({ candidates, own }: Servers, known: KnownHosts): Promise<Attempt> {
    const { connect, settings } = this.#dependencies;
    const open = (status: ServerStatus, signal: AbortSignal) => connect(status, known, signal);
    const elsewhere = lookElsewhere(open, this.#request, {
      keyMs: settings.probeTimeoutMs,
      lookMs: settings.connectTimeoutMs,
    });
    try {
      elsewhere.connect(allBut(candidates.slice(0, 1), own));
      const won = await race(candidates, open, {
        onWaiting: (awaited) => this.#tellConnecting(awaited),
        onFailure: (status, error) => this.#failed.add(status, error, 'connecting'),
        signal: this.#signal,
      });
      if (won === undefined) return { kind: 'next', servers: { candidates: [], own } };
      // The others were closed; hooks may run before the sign-in begins.
      this.#tellConnecting([won.candidate]);
      return await this.#startOn(won, own, elsewhere);
    } finally {
      elsewhere.close();
    }
  }

  async #startOn(won: Winner, own: readonly ServerStatus[], elsewhere: LookElsewhere): Promise<Attempt> {
    const { settings, demotions } = this.#dependencies;
    const { server } = won.candidate;
    const others = allBut([won.candidate], own);
    elsewhere.connect(others);
    elsewhere.chosen(server);
    const dependencies = {
      ...this.#dependencies,
      oneSession: oneSessionPolicy(settings, server, this.#observer, this.#signal),
      elsewhere,
      sessionTimeoutMs: settings.sessionTimeoutMs,
    };
    try {
      const session = await startSession(won.connection, this.#request, dependencies, this.#observer, this.#signal);
      demotions.succeeded(server);
      return { kind: 'end', outcome: { kind: 'started', server: server.name, session } };
    } catch (thrown) {
      if (!(thrown instanceof GoElsewhere)) return this.#afterFailure(won, own, toSessionError(thrown));
      // The login that was just left may still be seen on its server, so nothing is looked for again.
      const candidates = others.filter((other) => serverKey(other.server) === serverKey(thrown.server));
      return { kind: 'next', servers: { candidates, own: [] } };
    }
  }

  async #afterFailure(won: Winner, own: readonly ServerStatus[], error: SessionError): Promise<Attempt> {
    const { candidate, connection, rest } = won;
    const { code, detail } = error;
    if (endsLogin(code)) {
      if (code !== 'cancelled') this.#dependencies.log.info('login-refused', { code, detail });
      return { kind: 'end', outcome: endFor(code, candidate.server.name, detail) };
    }
    const failure = this.#failed.add(candidate, error, 'signing-in');
    const next = { kind: 'next', servers: { candidates: rest, own } } as const;
    if (!connection.isEntrusted || rest.length === 0) return next;
    if (await unlessCancelled(this.#observer.mayGoOn(failure, this.#signal), this.#signal)) return next;
    const { failures } = this.#failed;
    return { kind: 'end', outcome: { kind: 'not-continued', server: failure.server, failures } };
  }

  #tellConnecting(awaited: readonly ServerStatus[]): void {
    this.#observer.tell({ kind: 'connecting', servers: awaited.map(({ server }) => server.name) });
  }
}

function allBut(excluded: readonly ServerStatus[], statuses: readonly ServerStatus[]): readonly ServerStatus[] {
  const keys = new Set(excluded.map(({ server }) => serverKey(server)));
  return statuses.filter(({ server }) => !keys.has(serverKey(server)));
}

function endFor(code: EndingErrorCode, server: string, detail: string): LoginOutcome {
  switch (code) {
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'not-allowed':
      return { kind: 'not-allowed', server, detail };
    case 'account-refused':
      return { kind: 'wrong-credentials', server, explained: true };
    case 'wrong-credentials':
      return { kind: 'wrong-credentials', server };
  }
}
