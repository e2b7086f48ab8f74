import { endOtherSessions, findOtherSessions } from '../session/other-sessions.js';
import { SessionError } from '../session/session-error.js';
import type { VerifiedConnection } from '../session/ssh-connection.js';
import type { Elsewhere, SessionRequest } from '../session/start-session.js';

/**
 * ms from the sign-in on the chosen server. A server that has not even shown its host key beside the whole of that
 * sign-in is hardly alive; one that has may need some time for a sign-in, too.
 */
export interface LookPatience {
  readonly keyMs: number;
  readonly lookMs: number;
}

export interface LookElsewhere extends Elsewhere {
  /** Ends every connection of it. */
  close(): void;
}

/**
 * Looks for sessions of the user on these servers of theirs. The host keys are verified beside the sign-in on the chosen
 * server; the credentials follow only when that one has taken them, so a mistyped password is not tried around. A
 * server that is dead, refuses them or asks for more than the password has nothing to tell.
 */
export function lookElsewhere(
  connects: readonly ((signal: AbortSignal) => Promise<VerifiedConnection>)[],
  { user, password }: Pick<SessionRequest, 'user' | 'password'>,
  patience: LookPatience,
): LookElsewhere {
  const stop = new AbortController();
  const opened = connects.map((connect) =>
    connect(stop.signal).then(
      (verified) => {
        stop.signal.addEventListener('abort', () => verified.close());
        if (stop.signal.aborted) verified.close();
        return verified;
      },
      () => undefined,
    ),
  );
  const look = async (opening: Promise<VerifiedConnection | undefined>): ReturnType<Elsewhere['find']> => {
    const verified = await opening;
    if (verified === undefined) return undefined;
    try {
      const connection = await verified.signIn(user, password, nobody, stop.signal);
      const found = (await findOtherSessions(connection)) ?? 0;
      if (found > 0) return { server: verified.server, end: () => endOtherSessions(connection) };
    } catch {}
    verified.close();
    return undefined;
  };
  return {
    async find() {
      const found = await Promise.all(
        opened.map((opening) => within(patience.lookMs, look(within(patience.keyMs, opening)))),
      );
      return found.find((one) => one !== undefined);
    },
    close: () => stop.abort(),
  };
}

/** Undefined where it takes longer. */
function within<T>(ms: number, promise: Promise<T | undefined>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A question there would come beside those of the chosen server. */
const nobody = {
  ask: () => Promise.reject(new SessionError('cancelled', 'asks for more than the password')),
  tell: () => {},
};
