import type { LookupFunction } from 'node:net';
import type { ServerStatus } from '../servers/answer.js';
import { lookupThrough } from '../servers/resolve.js';
import type { SshfpRecord } from '../servers/sshfp.js';
import { checkHostKey, usualRsaBits } from '../session/host-key-policy.js';
import { hostKeyAlgorithms, type KnownHosts } from '../session/known-hosts.js';
import { race } from '../session/race.js';
import {
  isHostKeyRefusal,
  isServersFault,
  type SessionError,
  type SessionErrorCode,
  toSessionError,
} from '../session/session-error.js';
import type { Prompt } from '../session/sign-in.js';
import { openConnection, type VerifiedConnection } from '../session/ssh-connection.js';
import {
  type Session,
  type SessionRequest,
  type SessionTools,
  type SessionWitness,
  startSession,
  unlessAborted,
} from '../session/start-session.js';
import type { Log } from '../settings/log.js';
import type { Secret } from '../settings/secret.js';
import type { ServerAddress } from '../settings/server-address.js';
import type { Settings } from '../settings/settings.js';
import { findAllowed } from './allowed-servers.js';
import { type CandidateTools, findCandidates, type ServerWish } from './candidates.js';
import { mayBeOwnNetwork } from './offline.js';
import { meansYes, otherSessionsPrompt } from './sentences.js';

/** What is to be logged in. */
export interface LoginRequest extends SessionRequest, ServerWish {
  /** The servers that this account may use, where not all. */
  readonly allowed?: readonly ServerAddress[] | undefined;
}

/** What a login says on its way. */
export type LoginNews =
  | { readonly kind: 'choosing' }
  /** All that may still answer, in the order of preference. */
  | { readonly kind: 'connecting'; readonly servers: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'signing-in'; readonly server: string }
  | { readonly kind: 'words'; readonly server: string; readonly text: string }
  | { readonly kind: 'starting'; readonly server: string };

/** One server that came to nothing, and why. */
export interface Failure {
  readonly server: string;
  readonly code: SessionErrorCode;
  readonly detail: string;
}

export type { Session };

export type LoginOutcome =
  | { readonly kind: 'started'; readonly server: string; readonly session: Session }
  /** No server is left; by hand, the one chosen. */
  | {
      readonly kind: 'none-left';
      readonly failures: readonly Failure[];
      /** Whoever should have given the list of servers was away. */
      readonly isLastResort?: true | undefined;
      /** It is this client that has no network. */
      readonly isOffline?: boolean;
    }
  /** `explained`: the server has said why in its own words, which were told. */
  | { readonly kind: 'wrong-credentials'; readonly server: string; readonly explained?: true }
  | { readonly kind: 'unknown-server'; readonly server: string }
  /** LDM_USER_ALLOW does not name the user; nothing was sent to anybody. */
  | { readonly kind: 'user-not-allowed'; readonly user: string }
  /** This client itself refuses it; with the words of whoever does, if any. */
  | { readonly kind: 'not-allowed'; readonly server: string; readonly detail: string }
  | { readonly kind: 'cancelled' };

export interface LoginTools extends CandidateTools, Omit<SessionTools, 'otherSessions' | 'sessionTimeoutMs'> {
  readonly knownHosts: () => Promise<KnownHosts>;
  readonly learnInto: string | undefined;
  /** A host's key fingerprints that DNSSEC has proved; undefined where DNS is not to be asked. */
  readonly dnsFingerprints?: ((host: string) => Promise<readonly SshfpRecord[]>) | undefined;
  /** Whether this client has a network at this moment. */
  readonly hasNetwork: () => boolean;
  readonly log: Log;
}

/** Whoever listens and answers while it goes on. */
export interface LoginWitness {
  tell(news: LoginNews): void;
  /** @param moot aborts when nobody wants the answer any more */
  ask(server: string, prompt: Prompt, moot: AbortSignal): Promise<Secret>;
}

/**
 * The way of a login: ask the servers, order them, race the candidates for a verified host key, sign in on the
 * first, run the session. A failure of a server moves on to the next; refused credentials end it, for a wrong
 * password must not be tried around the cluster.
 * Never throws: every end is an outcome.
 */
export async function logIn(
  request: LoginRequest,
  tools: LoginTools,
  witness: LoginWitness,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  const { settings, log } = tools;
  const began = tools.now();
  const failures: Failure[] = [];
  /** Those that are no server's fault, for this client has no network. */
  const offline = new Set<Failure>();
  const failed = (status: ServerStatus, error: SessionError): void => {
    const failure = { server: status.server.name, code: error.code, detail: error.detail };
    failures.push(failure);
    log.warn('server-failed', { ...failure, ms: Math.round(tools.now() - began) });
    if (mayBeOwnNetwork(error.code) && !tools.hasNetwork()) {
      offline.add(failure);
      return;
    }
    // A key that does not match costs no time and is the administrator's to mend; everything else does cost.
    if (!isHostKeyRefusal(error.code)) tools.demotions.failed(status.server);
    witness.tell({ kind: 'failed', failure });
  };
  const ended = (outcome: LoginOutcome): LoginOutcome => {
    const server = 'server' in outcome ? outcome.server : undefined;
    log.info('login', { outcome: outcome.kind, user: request.user, server, ms: Math.round(tools.now() - began) });
    return outcome;
  };

  const { userAllow } = settings;
  if (userAllow !== undefined && !userAllow.includes(request.user)) {
    return ended({ kind: 'user-not-allowed', user: request.user });
  }
  try {
    witness.tell({ kind: 'choosing' });
    // Beside each other: the sooner ssh is opened after the choice, the sooner the next client sees it there.
    const both = Promise.all([candidatesFor(request, tools), tools.knownHosts()]);
    const [candidates, known] = await unlessAborted(both, signal);
    if (candidates === undefined && request.choice.mode === 'server') {
      return ended({ kind: 'unknown-server', server: request.choice.name });
    }
    const lookup = lookupThrough(settings.connectTimeoutMs);
    let rest: readonly ServerStatus[] = candidates ?? [];
    while (rest.length > 0) {
      const won = await race(rest, (status, stop) => connectTo(status, { tools, known, lookup, signal: stop }), {
        onWaiting: (awaited) => witness.tell({ kind: 'connecting', servers: awaited.map(({ server }) => server.name) }),
        onFailure: failed,
        signal,
      });
      if (won === undefined) break;
      rest = won.rest;
      // The others were closed; hooks may run before the sign-in begins.
      witness.tell({ kind: 'connecting', servers: [won.candidate.server.name] });
      try {
        const session = await startSession(
          won.connection,
          request,
          { ...tools, otherSessions: otherSessions(settings), sessionTimeoutMs: settings.sessionTimeoutMs },
          sessionWitness(won.candidate.server.name, witness, signal),
          signal,
        );
        tools.demotions.succeeded(won.candidate.server);
        return ended({ kind: 'started', server: won.candidate.server.name, session });
      } catch (thrown) {
        const error = toSessionError(thrown);
        if (!isServersFault(error.code)) {
          if (error.code !== 'cancelled') log.info('refused', { code: error.code, detail: error.detail });
          return ended(endFor(error, won.candidate));
        }
        failed(won.candidate, error);
      }
    }
    const { isLastResort } = await tools.fleet.servers();
    const isOffline = failures.length > 0 && failures.every((failure) => offline.has(failure));
    return ended({ kind: 'none-left', failures, isLastResort, isOffline });
  } catch (thrown) {
    const error = toSessionError(thrown);
    if (error.code !== 'cancelled') log.error('login-broke-off', { detail: error.detail });
    return ended(error.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'none-left', failures });
  }
}

function candidatesFor(request: LoginRequest, tools: LoginTools) {
  const { allowed } = request;
  return allowed === undefined ? findCandidates(request, tools) : findAllowed(request, allowed, tools);
}

function endFor(error: SessionError, { server }: ServerStatus): LoginOutcome {
  if (error.code === 'cancelled') return { kind: 'cancelled' };
  if (error.code === 'not-allowed') return { kind: 'not-allowed', server: server.name, detail: error.detail };
  const explained = error.code === 'account-refused' ? ({ explained: true } as const) : undefined;
  return { kind: 'wrong-credentials', server: server.name, ...explained };
}

function otherSessions({ limitOneSession, limitOneSessionPrompt }: Settings): SessionTools['otherSessions'] {
  if (!limitOneSession) return 'stay';
  return limitOneSessionPrompt ? 'ask' : 'end';
}

function sessionWitness(server: string, witness: LoginWitness, signal: AbortSignal): SessionWitness {
  return {
    signingIn: () => witness.tell({ kind: 'signing-in', server }),
    starting: () => witness.tell({ kind: 'starting', server }),
    dialogue: {
      ask: (prompt, moot) => witness.ask(server, prompt, moot),
      tell: (text) => witness.tell({ kind: 'words', server, text }),
    },
    async endOthers() {
      const answer = await witness.ask(server, { text: otherSessionsPrompt(server), echo: true }, signal);
      return meansYes(answer.reveal());
    },
  };
}

interface ConnectTools {
  readonly tools: LoginTools;
  readonly known: KnownHosts;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

function connectTo(status: ServerStatus, { tools, known, lookup, signal }: ConnectTools): Promise<VerifiedConnection> {
  const { server } = status;
  const { settings, log, learnInto, dnsFingerprints } = tools;
  return openConnection(server, {
    address: status.address,
    timeoutMs: settings.connectTimeoutMs,
    lookup,
    hostKeyAlgorithms: hostKeyAlgorithms(known.keyTypes(server.host, server.port)),
    checkHostKey: (key) =>
      checkHostKey(server, key, {
        known,
        policy: settings.hostKeys,
        leastRsaBits: settings.sshOptions.leastRsaBits ?? usualRsaBits,
        learnInto,
        dnsFingerprints,
        log,
      }),
    sshOptions: settings.sshOptions,
    signal,
  });
}
