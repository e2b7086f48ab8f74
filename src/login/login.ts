import { dial } from '../servers/dial.js';
import type { SshfpRecord } from '../servers/dns/sshfp.js';
import type { ServerStatus } from '../servers/server-status.js';
import type { SshMemory } from '../servers/ssh-memory.js';
import { checkHostKey } from '../session/host-keys/host-key-policy.js';
import { hostKeyAlgorithms, type KnownHosts } from '../session/host-keys/known-hosts.js';
import { isDemoting, isServersFault, type SessionError, toSessionError } from '../session/session-error.js';
import type { Prompt } from '../session/sign-in/sign-in.js';
import { leastRsaBits } from '../session/ssh/connect-config.js';
import { race } from '../session/ssh/race.js';
import { openConnection, type VerifiedConnection } from '../session/ssh/ssh-connection.js';
import {
  GoElsewhere,
  type SessionDependencies,
  type SessionObserver,
  type SessionRequest,
  startSession,
  unlessAborted,
} from '../session/start-session.js';
import type { Settings } from '../settings/settings.js';
import type { Log } from '../shared/log.js';
import type { Secret } from '../shared/secret.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { findAllowed } from './allowed-servers.js';
import { type CandidateDependencies, findCandidates, ownServers, type ServerWish } from './candidates.js';
import { mayBeOwnNetwork } from './offline.js';
import { lookElsewhere } from './other-own-servers.js';
import type { Failure, LoginOutcome, LoginProgress } from './outcome.js';
import { meansYes, otherSessionsPrompt, sessionElsewherePrompt, wishElsewhere } from './sentences.js';

/** What is to be logged in. */
export interface LoginRequest extends SessionRequest, ServerWish {
  /** The servers that this account may use, where not all. */
  readonly allowed?: readonly ServerAddress[] | undefined;
}

export interface LoginDependencies
  extends CandidateDependencies,
    Omit<SessionDependencies, 'otherSessions' | 'elsewhere' | 'sessionTimeoutMs'> {
  readonly knownHosts: () => Promise<KnownHosts>;
  readonly sshMemory: Pick<SshMemory, 'forget'>;
  readonly learnInto: string | undefined;
  /** A host's key fingerprints that DNSSEC has proved; undefined where DNS is not to be asked. */
  readonly dnsFingerprints?: ((host: string) => Promise<readonly SshfpRecord[]>) | undefined;
  /** Whether this client has a network at this moment. */
  readonly hasNetwork: () => boolean;
  readonly log: Log;
}

/** Whoever listens and answers while it goes on. */
export interface LoginObserver {
  tell(news: LoginProgress): void;
  /** @param withdrawn aborts when nobody wants the answer any more */
  ask(server: string, prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
  /** Whether what the user typed may go to another server, now that this one has failed with it. */
  mayGoOn(failure: Failure, withdrawn: AbortSignal): Promise<boolean>;
}

/**
 * The way of a login: ask the servers, order them, race the candidates for a verified host key, sign in on the
 * first, run the session. A server that fails before it has the credentials is left for the next. One that fails with
 * them is not: the user is told, and only they decide whether another server gets them. Refused credentials end it.
 * Never throws: every end is an outcome.
 */
export async function logIn(
  request: LoginRequest,
  dependencies: LoginDependencies,
  observer: LoginObserver,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  const { settings, log } = dependencies;
  const began = dependencies.now();
  const failures: Failure[] = [];
  /** Those that are no server's fault, for this client has no network. */
  const offline = new Set<Failure>();
  const failed = (status: ServerStatus, error: SessionError): Failure => {
    const { code, detail, words } = error;
    const failure = { server: status.server.name, code, detail, ...(words !== undefined && { words }) };
    failures.push(failure);
    log.warn('server-failed', { ...failure, ms: Math.round(dependencies.now() - began) });
    if (mayBeOwnNetwork(code) && !dependencies.hasNetwork()) {
      offline.add(failure);
      return failure;
    }
    if (mayBeOwnNetwork(code) || code === 'refused') dependencies.sshMemory.forget(status.server);
    if (isDemoting(code)) dependencies.demotions.failed(status.server);
    observer.tell({ kind: 'failed', failure });
    return failure;
  };
  const ended = (outcome: LoginOutcome): LoginOutcome => {
    const server = 'server' in outcome ? outcome.server : undefined;
    log.info('login', {
      outcome: outcome.kind,
      user: request.user,
      server,
      ms: Math.round(dependencies.now() - began),
    });
    return outcome;
  };

  const { userAllow } = settings;
  if (userAllow !== undefined && !userAllow.includes(request.user)) {
    return ended({ kind: 'user-not-allowed', user: request.user });
  }
  try {
    observer.tell({ kind: 'choosing' });
    // Beside each other: the sooner ssh is opened after the choice, the sooner the next client sees it there.
    const both = Promise.all([candidatesFor(request, dependencies), dependencies.knownHosts()]);
    const [candidates, known] = await unlessAborted(both, signal);
    if (candidates === undefined && request.choice.mode === 'server') {
      return ended({ kind: 'unknown-server', server: request.choice.name });
    }
    let rest: readonly ServerStatus[] = candidates ?? [];
    let toLookAt = await serversToLookAt(request, dependencies);
    while (rest.length > 0) {
      const elsewhere = lookElsewhere(
        (status, stop) => connectTo(status, { dependencies, known, signal: stop }),
        request,
        {
          keyMs: settings.probeTimeoutMs,
          lookMs: settings.connectTimeoutMs,
        },
      );
      try {
        elsewhere.connect(allBut(rest[0]?.server, toLookAt));
        const won = await race(rest, (status, stop) => connectTo(status, { dependencies, known, signal: stop }), {
          onWaiting: (awaited) =>
            observer.tell({ kind: 'connecting', servers: awaited.map(({ server }) => server.name) }),
          onFailure: failed,
          signal,
        });
        if (won === undefined) break;
        rest = won.rest;
        const { server } = won.candidate;
        // The others were closed; hooks may run before the sign-in begins.
        observer.tell({ kind: 'connecting', servers: [server.name] });
        const others = allBut(server, toLookAt);
        elsewhere.connect(others);
        elsewhere.chosen(server);
        try {
          const session = await startSession(
            won.connection,
            request,
            {
              ...dependencies,
              otherSessions: otherSessions(settings),
              elsewhere,
              sessionTimeoutMs: settings.sessionTimeoutMs,
            },
            sessionObserver(server.name, observer, signal),
            signal,
          );
          dependencies.demotions.succeeded(server);
          return ended({ kind: 'started', server: server.name, session });
        } catch (thrown) {
          if (thrown instanceof GoElsewhere) {
            rest = others.filter((other) => other.server === thrown.server);
            // The login that was just left may still be seen where it was.
            toLookAt = [];
            continue;
          }
          const error = toSessionError(thrown);
          if (!isServersFault(error.code)) {
            if (error.code !== 'cancelled') log.info('login-refused', { code: error.code, detail: error.detail });
            return ended(endFor(error, won.candidate));
          }
          const failure = failed(won.candidate, error);
          if (!won.connection.isEntrusted || rest.length === 0) continue;
          if (!(await unlessAborted(observer.mayGoOn(failure, signal), signal))) {
            return ended({ kind: 'not-continued', server: failure.server, failures });
          }
        }
      } finally {
        elsewhere.close();
      }
    }
    const { isLastResort } = await dependencies.monitor.servers();
    const isOffline = failures.length > 0 && failures.every((failure) => offline.has(failure));
    return ended({ kind: 'none-left', failures, isLastResort, isOffline });
  } catch (thrown) {
    const error = toSessionError(thrown);
    if (error.code !== 'cancelled') log.error('login-error', { detail: error.detail });
    return ended(error.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'none-left', failures });
  }
}

function candidatesFor(request: LoginRequest, dependencies: LoginDependencies) {
  const { allowed } = request;
  const wish = { ...request, whose: request.whose ?? request.user };
  return allowed === undefined ? findCandidates(wish, dependencies) : findAllowed(wish, allowed, dependencies);
}

/** The user's own two, under LDM_LIMIT_ONE_SESSION. Not for the client's account, which many may share. */
async function serversToLookAt(
  request: LoginRequest,
  dependencies: LoginDependencies,
): Promise<readonly ServerStatus[]> {
  if (!dependencies.settings.limitOneSession || request.whose !== undefined) return [];
  const own = await ownServers({ ...request, whose: request.user }, dependencies);
  return own.filter(({ state }) => state !== 'down');
}

function allBut(server: ServerAddress | undefined, statuses: readonly ServerStatus[]): readonly ServerStatus[] {
  if (server === undefined) return statuses;
  return statuses.filter((status) => serverKey(status.server) !== serverKey(server));
}

function endFor(error: SessionError, { server }: ServerStatus): LoginOutcome {
  if (error.code === 'cancelled') return { kind: 'cancelled' };
  if (error.code === 'not-allowed') return { kind: 'not-allowed', server: server.name, detail: error.detail };
  const explained = error.code === 'account-refused' ? ({ explained: true } as const) : undefined;
  return { kind: 'wrong-credentials', server: server.name, ...explained };
}

function otherSessions({ limitOneSession, limitOneSessionPrompt }: Settings): SessionDependencies['otherSessions'] {
  if (!limitOneSession) return 'stay';
  return limitOneSessionPrompt ? 'ask' : 'end';
}

function sessionObserver(server: string, observer: LoginObserver, signal: AbortSignal): SessionObserver {
  return {
    signingIn: () => observer.tell({ kind: 'signing-in', server }),
    starting: () => observer.tell({ kind: 'starting', server }),
    dialogue: {
      ask: (prompt, withdrawn) => observer.ask(server, prompt, withdrawn),
      tell: (text) => observer.tell({ kind: 'words', server, text }),
    },
    silence: {
      silent: () => observer.tell({ kind: 'silent', server }),
      answers: () => observer.tell({ kind: 'answers', server }),
    },
    async endOthers() {
      const answer = await observer.ask(server, { text: otherSessionsPrompt(server), echo: true }, signal);
      return meansYes(answer.reveal());
    },
    async sessionElsewhere({ name }) {
      const answer = await observer.ask(server, { text: sessionElsewherePrompt(name), echo: true }, signal);
      return wishElsewhere(answer.reveal());
    },
  };
}

interface ConnectDependencies {
  readonly dependencies: LoginDependencies;
  readonly known: KnownHosts;
  readonly signal: AbortSignal;
}

function connectTo(
  status: ServerStatus,
  { dependencies, known, signal }: ConnectDependencies,
): Promise<VerifiedConnection> {
  const { server } = status;
  const { settings, log, learnInto, dnsFingerprints } = dependencies;
  const { hostKeyAlias } = settings.sshOptions;
  // As with ssh, an alias has no port.
  const keyed = hostKeyAlias === undefined ? server : { ...server, host: hostKeyAlias, port: 22 };
  return openConnection(server, {
    dial: (within) =>
      dial(server.host, server.port, { first: status.address, timeoutMs: settings.connectTimeoutMs, signal: within }),
    timeoutMs: settings.connectTimeoutMs,
    hostKeyAlgorithms: hostKeyAlgorithms(
      known.keyTypes(keyed.host, keyed.port),
      known.authorities(keyed.host, keyed.port).length > 0,
    ),
    checkHostKey: (key) =>
      checkHostKey(keyed, key, {
        known,
        policy: settings.hostKeys,
        leastRsaBits: leastRsaBits(settings.sshOptions.leastRsaBits, settings.legacySsh),
        learnInto,
        dnsFingerprints,
        clock: Date.now,
        log,
      }),
    sshOptions: settings.sshOptions,
    postQuantum: settings.postQuantum,
    isLegacy: settings.legacySsh,
    onSecured: (algorithms) => log.info('connection-secured', { server: server.name, ...algorithms }),
    signal,
  });
}
