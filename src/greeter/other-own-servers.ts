import { endOtherSessions, findOtherSessions } from '../session/other-sessions.js';
import { SessionError } from '../session/session-error.js';
import type { Connection, VerifiedConnection } from '../session/ssh-connection.js';
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
 * server, and the sign-in begins there as well, up to the question for the password. The password follows only when the
 * chosen server has taken it, so a mistyped one is not tried around. A server that is dead, refuses it or asks for more
 * than the password has nothing to tell.
 */
export function lookElsewhere(
  connects: readonly ((signal: AbortSignal) => Promise<VerifiedConnection>)[],
  { user, password }: Pick<SessionRequest, 'user' | 'password'>,
  patience: LookPatience,
): LookElsewhere {
  const stop = new AbortController();
  let letThemHaveIt = (): void => {};
  const chosenHasIt = new Promise<void>((resolve) => {
    letThemHaveIt = resolve;
  });
  const dialogue = { ...nobody, mayHavePassword: () => chosenHasIt };
  const opened = connects.map((connect) =>
    connect(stop.signal).then(
      (verified) => {
        stop.signal.addEventListener('abort', () => verified.close());
        if (stop.signal.aborted) verified.close();
        const signedIn = verified.signIn(user, password, dialogue, stop.signal);
        signedIn.catch(() => {});
        return { verified, signedIn };
      },
      () => undefined,
    ),
  );
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
    async find() {
      letThemHaveIt();
      const found = await Promise.all(
        opened.map((opening) => within(patience.lookMs, look(within(patience.keyMs, opening)))),
      );
      return found.find((one) => one !== undefined);
    },
    close: () => stop.abort(),
  };
}

interface Opened {
  readonly verified: VerifiedConnection;
  readonly signedIn: Promise<Connection>;
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
