import { formatServerInfo, type ServerInfo, wireLimits } from '../protocol/info-service.js';
import { drainReason } from './drain.js';
import type { Metrics } from './rating/meter.js';
import { defaultCapacity, rate } from './rating/rating.js';
import type { Session } from './static-info/sessions.js';

/** What changes only when the administrator changes it. */
export interface StaticInfo {
  readonly languages: readonly string[];
  readonly sessions: readonly Session[];
  readonly xsession: string | null;
}

export interface ServerSnapshot {
  readonly staticInfo: StaticInfo;
  readonly metrics: Metrics;
  /** As the administrator set it; null for the default. */
  readonly capacity: number | null;
  /** What `drain` noted; undefined when the server does not drain. */
  readonly drainNote: string | undefined;
}

/** Where a rating comes from when it is not the built-in one. */
export type GivenRating = { readonly kind: 'built-in' } | { readonly kind: 'given'; readonly rating: number };

/**
 * The answer of this moment. Sessions that run are the connections that are not pending; where sshd does not tell
 * what is pending, all count as running and `pending` is left out.
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
    // A drained server and one without ssh take nobody, whatever a program thinks of its load.
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

/**
 * The answer's text, within what readers take. Where a server has more languages and sessions than fit, the last of
 * them are left out, never the rating.
 */
export function responseText(info: ServerInfo): string {
  const text = formatServerInfo(info);
  const lines = info.languages.length + 2 * info.sessions.length + otherLines;
  if (Buffer.byteLength(text) <= wireLimits.bytes - etcdLineBytes && lines <= wireLimits.lines) return text;
  return responseText({
    ...info,
    languages: info.languages.slice(0, Math.floor(info.languages.length * 0.8)),
    sessions: info.sessions.slice(0, Math.floor(info.sessions.length * 0.8)),
  });
}

/** At most one each of xsession, rating, sessions, pending, capacity, state, notice, ssh, age, etcd, and the empty one at the end. */
const otherLines = 11;
/** A whole key and the name of another server, as UTF-8. */
const etcdLineBytes = 2_048;
