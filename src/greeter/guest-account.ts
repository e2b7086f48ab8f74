import { type UserNameProblem, userNameProblem } from '../login/user-name.js';
import type { Settings } from '../settings/settings.js';
import { Secret } from '../shared/secret.js';
import type { ServerAddress } from '../shared/server-address.js';
import type { GuestMode } from './conversation/conversation.js';

/** The account of this client itself, which logs in by a button or by itself. */
export interface GuestAccount {
  readonly user: string;
  /** A copy for one login, to be wiped behind it. */
  readonly password: () => Secret;
  /**
   * Whose servers `affinity` takes: this client's. Many clients may share the account, and by its name all of them
   * would have the same two servers.
   */
  readonly whose: string;
  /** The servers that it may use; undefined for all. */
  readonly servers: readonly ServerAddress[] | undefined;
  readonly login: GuestMode;
}

/** Seconds in which somebody in front of the screen can stop an automatic login, where the administrator says none. */
const defaultCountdown = 5;

/**
 * The guest account as the settings have it.
 * @returns undefined where there is none, or this client's name is not one that HOST_TO_USERNAME knows, or nobody can
 * have the name
 */
export function guestAccount(settings: Settings, hostName: string): GuestAccount | undefined {
  const countdown = countdownOf(settings);
  const names = namesOf(settings, hostName);
  if (names === undefined || (!settings.guestLogin && countdown === null)) return undefined;
  if (userNameProblem(names.user) !== undefined) return undefined;
  return {
    ...names,
    whose: hostName,
    servers: settings.guestServers ?? settings.autoLoginServers,
    login: { button: settings.guestLogin ? 'offered' : 'none', countdown },
  };
}

/** Why nobody can have the name of the guest account, where one is wanted. An empty one was reported already. */
export function guestAccountProblem(settings: Settings, hostName: string): UserNameProblem | undefined {
  if (!settings.guestLogin && countdownOf(settings) === null) return undefined;
  const { user = '' } = namesOf(settings, hostName) ?? {};
  return user === '' ? undefined : userNameProblem(user);
}

function countdownOf({ autoLogin, loginTimeout, oldTimeoutEnabled, oldTimeout }: Settings): number | null {
  const seconds = loginTimeout ?? (oldTimeoutEnabled ? oldTimeout : undefined);
  if (autoLogin) return seconds ?? defaultCountdown;
  return seconds === undefined || seconds === 0 ? null : seconds;
}

function namesOf(settings: Settings, hostName: string): Pick<GuestAccount, 'user' | 'password'> | undefined {
  const { hostToUserName, accountName, accountPassword } = settings;
  if (hostToUserName !== undefined) {
    const { from, to } = hostToUserName;
    if (!hostName.startsWith(from)) return undefined;
    const user = `${to}${hostName.slice(from.length)}`;
    return { user, password: () => new Secret(user) };
  }
  const user = accountName ?? hostName;
  return { user, password: () => new Secret(accountPassword?.reveal() ?? user) };
}
