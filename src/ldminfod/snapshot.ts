import type { ServerInfo } from '../protocol/info-service.js';
import { drainReason } from './drain.js';
import type { Metrics } from './rating/meter.js';
import { defaultCapacity, rate } from './rating/rating.js';
import type { Session } from './static-info/sessions.js';

/** Changes only when the administrator changes it. */
export interface StaticInfo {
  readonly languages: readonly string[];
  readonly sessions: readonly Session[];
  /** Path of the script that starts an X session; null where the server has none. */
  readonly xsession: string | null;
}

/** Everything that the answer of one moment is made from. */
export interface ServerSnapshot {
  readonly staticInfo: StaticInfo;
  readonly metrics: Metrics;
  /** As configured, in sessions; null for the default. */
  readonly capacity: number | null;
  /** The text of the drain file; undefined when the server does not drain. */
  readonly drainNote: string | undefined;
}

/** The source of the rating: the built-in formula, or a number from `rating-command` or `fixed-rating`. */
export type GivenRating = { readonly kind: 'built-in' } | { readonly kind: 'given'; readonly rating: number };

/** Gives one structured answer, immediately unless a rating command has to finish first. */
export type InfoSource = (receive: (info: ServerInfo) => void) => void;

/**
 * The structured answer, which is then formatted for clients, for Prometheus and for etcd. Connections that are not
 * pending count as running sessions. Where sshd does not report pending logins, all connections count as running and
 * `pending` is null.
 */
export function composeServerInfo(
  { staticInfo, metrics, capacity, drainNote }: ServerSnapshot,
  given: GivenRating,
): ServerInfo {
  const draining = drainNote !== undefined;
  const { load, ssh, pending } = metrics;
  const seats = capacity ?? defaultCapacity(load);
  const open = given.kind === 'given' ? given.rating : rate(load, { connections: ssh.connections, capacity: seats });
  return {
    ...staticInfo,
    // A draining server and one without sshd take no logins, whatever a rating command reports.
    rating: draining || !ssh.listening ? 0 : open,
    running: ssh.connections - (pending ?? 0),
    pending,
    capacity: seats,
    draining,
    notice: drainReason(drainNote),
    sshDown: !ssh.listening,
    ageMs: metrics.loadAgeMs,
  };
}
