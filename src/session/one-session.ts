import type { Log } from '../shared/log/log.js';
import type { ServerAddress } from '../shared/server-address.js';
import { endOtherSessions, findOtherSessions } from './other-sessions.js';
import { SessionError } from './session-error.js';
import type { Connection } from './ssh/connection.js';
import { unlessCancelled } from './unless-cancelled.js';

/** Decides about other sessions of the user (LDM_LIMIT_ONE_SESSION). */
export interface OneSessionPolicy {
  /** Whether the user's other sessions on this server end. Otherwise the login ends. */
  endHere(server: ServerAddress): Promise<boolean>;
  /** What to do about the user's session on another server. */
  decideElsewhere(server: ServerAddress): Promise<'go' | 'end' | 'cancel'>;
}

/** Looks for sessions of the user on other servers. */
export interface Elsewhere {
  /** Called when the chosen server has accepted the user. Never throws. */
  find(): Promise<SessionElsewhere | undefined>;
}

export interface SessionElsewhere {
  readonly server: ServerAddress;
  /** @throws {SessionError} */
  end(): Promise<void>;
}

/** The user wants to log in where the other session is. Nothing has failed. */
export class GoElsewhere extends Error {
  override readonly name = 'GoElsewhere';
  readonly server: ServerAddress;

  constructor(server: ServerAddress) {
    super(`to ${server.name}`);
    this.server = server;
  }
}

/**
 * Ends the user's other sessions, by the policy, before a new one starts.
 * @throws {GoElsewhere}
 * @throws {SessionError} `not-allowed` where the user keeps the other session
 */
export async function limitToOneSession(
  connection: Connection,
  policy: OneSessionPolicy,
  { elsewhere, log }: { readonly elsewhere?: Elsewhere | undefined; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const { server } = connection;
  const looks = Promise.all([findOtherSessions(connection), elsewhere?.find()]);
  const [found, there] = await unlessCancelled(looks, signal);
  if (found === undefined) log.warn('other-sessions-unknown', { server: server.name });
  else if (found > 0) {
    if (!(await unlessCancelled(policy.endHere(server), signal))) throw new SessionError('not-allowed', '');
    await unlessCancelled(endOtherSessions(connection), signal);
  }
  if (there === undefined) return;
  switch (await unlessCancelled(policy.decideElsewhere(there.server), signal)) {
    case 'go':
      throw new GoElsewhere(there.server);
    case 'cancel':
      throw new SessionError('not-allowed', '');
    case 'end':
      await unlessCancelled(there.end(), signal);
  }
}
