import type { LoginRequest } from '../../login/login.js';
import { pickForHooks } from '../../session/remote-command.js';
import type { Effect } from '../conversation/events.js';
import type { GreeterDependencies } from '../dependencies.js';
import type { GuestAccount } from '../guest-account.js';
import type { AdvertisedSessions } from '../session-options/advertised-sessions.js';

/** ms that a server has to start the guest's session: often nobody is there to press Cancel. More than PAM needs. */
const unattendedStartMs = 300_000;

type LogInEffect = Extract<Effect, { kind: 'log-in' | 'log-in-guest' }>;

/**
 * What an effect asks the login for.
 * @param dependencies those at the moment of the call
 * @returns undefined for the guest account where there is none any more
 */
export function loginRequest(
  effect: LogInEffect,
  dependencies: () => GreeterDependencies,
  advertised: AdvertisedSessions,
): LoginRequest | undefined {
  const { choice, pick } = effect;
  const account = accountOf(effect, dependencies().guest);
  if (account === undefined) return undefined;
  return {
    ...account,
    choice,
    command: (given) => dependencies().command(pick, given),
    forHooks: pickForHooks(pick),
    lacks: (server) => advertised.countMissing(pick, server),
  };
}

function accountOf(effect: LogInEffect, guest: GuestAccount | undefined) {
  if (effect.kind === 'log-in') return { user: effect.user, password: effect.password };
  if (guest === undefined) return undefined;
  const { user, whose, servers: allowed } = guest;
  return { user, whose, password: guest.password(), allowed, startWithinMs: unattendedStartMs };
}
