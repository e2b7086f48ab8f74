import { type UserNameProblem, userNameProblem } from '../login/user-name.js';
import type { Settings } from '../settings/settings.js';
import { Secret } from '../shared/secret.js';
import type { ServerAddress } from '../shared/server-address.js';
import type { GuestMode } from './conversation/conversation.js';

/** This client's own account, which logs in at a button or automatically. */
export interface GuestAccount {
  readonly user: string;
  /** A copy for one login, which wipes it. */
  readonly password: () => Secret;
  /**
   * The name by which `affinity` picks the servers: this client's. Many clients may share the account, and by its name
   * all of them would get the same two servers.
   */
  readonly whose: string;
  /** The servers that it may use; undefined for all. */
  readonly servers: readonly ServerAddress[] | undefined;
  readonly login: GuestMode;
}

/** Seconds in which a user can stop an automatic login, where the settings give no time. */
const defaultCountdown = 5;

/**
 * The guest account by the settings.
 * @returns undefined where there is none, where HOST_TO_USERNAME does not match this client's name, or where no account
 * can have the name
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

/** Why no account can have the name of the wanted guest account. An empty name was reported already. */
export function guestAccountProblem(settings: Settings, hostName: string): UserNameProblem | undefined {
  if (!settings.guestLogin && countdownOf(settings) === null) return undefined;
  const user = namesOf(settings, hostName)?.user;
  return user ? userNameProblem(user) : undefined;
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
