import type { ServerStatus } from '../servers/server-status.js';
import type { Elsewhere } from '../session/one-session.js';
import { endOtherSessions, findOtherSessions } from '../session/other-sessions.js';
import { SessionError } from '../session/session-error.js';
import type { Connection } from '../session/ssh/connection.js';
import type { VerifiedConnection } from '../session/ssh/verified-connection.js';
import type { SessionRequest } from '../session/start-session.js';
import { orAfter } from '../shared/abort.js';
import { type ServerAddress, serverKey } from '../shared/server-address.js';
import { type CandidateDependencies, ownServers, type ServerWish } from './candidates.js';

/** The user's own servers, under LDM_LIMIT_ONE_SESSION. Not for this client's account, which many may share. */
export async function otherOwnServers(
  request: ServerWish & Pick<SessionRequest, 'user'>,
  dependencies: CandidateDependencies,
): Promise<readonly ServerStatus[]> {
  if (!dependencies.settings.limitOneSession || request.whose !== undefined) return [];
  const own = await ownServers({ ...request, whose: request.user }, dependencies);
  return own.filter(({ state }) => state !== 'down');
}

/**
 * Times in ms from the sign-in on the chosen server. A server that has not shown its host key during that whole sign-in
 * is hardly alive; one that has may need some time for its own sign-in.
 */
export interface LookPatience {
  readonly keyMs: number;
  readonly lookMs: number;
}

export interface LookElsewhere extends Elsewhere {
  /** Connects to these servers, unless that has begun. Nothing of the user is sent there. */
  connect(servers: readonly ServerStatus[]): void;
  /** The login continues on this server, and the user name goes to all others. */
  chosen(server: ServerAddress): void;
  /** Ends every connection. */
  close(): void;
}

/**
 * Looks for sessions on the user's own servers. So that the login does not wait for that, the host keys are verified
 * during the race for the chosen server, and the sign-in begins during the sign-in on the chosen server, up to the
 * question for the password. The password follows only when the chosen server has accepted it, so a mistyped password is
 * not tried on other servers. A server that is dead, refuses it or asks for more than the password is ignored.
 */
export function lookElsewhere(
  connectTo: (status: ServerStatus, signal: AbortSignal) => Promise<VerifiedConnection>,
  { user, password }: Pick<SessionRequest, 'user' | 'password'>,
  patience: LookPatience,
): LookElsewhere {
  const begun = new Map<string, { readonly end: AbortController; readonly opening: Promise<Opened | undefined> }>();
  const [choice, taken] = [gate(), gate()];
  const promptHandler = { ...noPromptHandler, mayHavePassword: () => taken.passed };
  const open = async (status: ServerStatus, signal: AbortSignal): Promise<Opened | undefined> => {
    const verified = await connectTo(status, signal).catch(() => undefined);
    if (verified === undefined) return undefined;
    signal.addEventListener('abort', () => verified.close());
    if (signal.aborted) verified.close();
    const signedIn = choice.passed.then(() => verified.signIn(user, password, promptHandler, signal));
    // The look gets the error as well.
    signedIn.catch(() => {});
    return { verified, signedIn };
  };
  const look = async (opening: Promise<Opened | undefined>): ReturnType<Elsewhere['find']> => {
    const there = await opening;
    if (there === undefined) return undefined;
    const { verified, signedIn } = there;
    try {
      const connection = await signedIn;
      const found = (await findOtherSessions(connection)) ?? 0;
      if (found > 0) return { server: verified.server, end: () => endOtherSessions(connection) };
    } catch {}
    verified.close();
    return undefined;
  };
  return {
    connect(servers) {
      for (const status of servers) {
        const key = serverKey(status.server);
        if (begun.has(key)) continue;
        const end = new AbortController();
        begun.set(key, { end, opening: open(status, end.signal) });
      }
    },
    chosen(server) {
      begun.get(serverKey(server))?.end.abort();
      begun.delete(serverKey(server));
      choice.pass();
    },
    async find() {
      taken.pass();
      const looks = [...begun.values()].map(({ opening }) =>
        orNothing(look(orNothing(opening, patience.keyMs)), patience.lookMs),
      );
      return (await Promise.all(looks)).find((one) => one !== undefined);
    },
    close() {
      for (const { end } of begun.values()) end.abort();
    },
  };
}

interface Opened {
  readonly verified: VerifiedConnection;
  readonly signedIn: Promise<Connection>;
}

function gate(): { readonly passed: Promise<void>; pass(): void } {
  let pass = (): void => {};
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { passed, pass };
}

/** Undefined where it takes longer. */
function orNothing<T>(promise: Promise<T | undefined>, ms: number): Promise<T | undefined> {
  return orAfter(promise, ms, () => undefined);
}

/** A question there would compete with those of the chosen server. */
const noPromptHandler = {
  ask: () => Promise.reject(new SessionError('cancelled', 'asks for more than the password')),
  tell: () => {},
};
