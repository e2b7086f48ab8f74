import type { ServerInfo } from '../protocol/info-service.js';
import type { SshdRefusal } from '../protocol/sshd-refusal.js';
import type { ConnectFailure } from '../shared/connect-failure.js';
import type { ServerAddress } from '../shared/server-address.js';

/**
 * The state of a server, as this client sees it.
 * - `checking`: asked, or not asked yet; nothing is known
 * - `up`: its info service answered
 * - `unrated`: its info service refuses or is silent, but its ssh port answers
 * - `draining`: answered that it takes no new logins, or that its rating is 0 (full; `info.draining` shows which)
 * - `down`: see {@link DownReason}
 */
export type ServerState = 'checking' | 'up' | 'unrated' | 'draining' | 'down';

/**
 * Why a server counts as down. A stable code; the sentence is made where it is shown.
 * - see {@link ConnectFailure}; `unreachable` also stands for a connection that the network cut, and `refused` and
 *   `timeout` hold for the info service and for ssh
 * - `ssh-down`: its info service says that its sshd does not listen
 * - `ssh-silent`: it has no info service, and its ssh port accepts connections without sending a banner
 * - `turned-away`, `busy`: see {@link SshdRefusal}
 */
export type DownReason = ConnectFailure | 'ssh-down' | 'ssh-silent' | SshdRefusal;

/** What is known of one server at one moment. All data from the server is untrusted input. */
export interface ServerStatus {
  readonly server: ServerAddress;
  readonly state: ServerState;
  /** 0 (take nobody) to 100 (idle). */
  readonly rating: number | null;
  /** Number of running desktop sessions. */
  readonly sessions: number | null;
  /** Maximum number of sessions. */
  readonly capacity: number | null;
  /** The IP address that answered, or was tried last. */
  readonly address: string | null;
  /** Set where the state is `down`, else null. */
  readonly reason: DownReason | null;
  /** ms from the question to the answer. */
  readonly ms: number | null;
  /** Age of the rating on arrival, ms; null where the server does not report it. */
  readonly ratingAgeMs: number | null;
  /** When it was asked, on the monotonic clock in ms; null if never. */
  readonly askedAt: number | null;
  /** The complete answer, for its languages and sessions. */
  readonly info: ServerInfo | null;
}

/** The status of a server of which nothing is known yet. */
export function uncheckedStatus(server: ServerAddress, askedAt: number | null = null): ServerStatus {
  return {
    server,
    state: 'checking',
    rating: null,
    sessions: null,
    capacity: null,
    address: null,
    reason: null,
    ms: null,
    ratingAgeMs: null,
    askedAt,
    info: null,
  };
}

/** Whether automatic mode prefers the server. All others are spares. */
export function isUsable(status: ServerStatus): boolean {
  return status.state === 'up' || status.state === 'unrated';
}
