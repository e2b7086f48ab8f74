import type { ServerStatus } from '../../servers/server-status.js';
import { isLoopback } from '../../shared/ip-address.js';
import type { ClientHealth } from './client-health.js';

/**
 * What a login lacks. Stable codes, from the machine outward; the first that is missing counts.
 * - `network-card`, `cable`, `radio`, `address`: see {@link ClientHealth}
 * - `route`: there is no default route, and no server can be reached without one
 * - `name-server`: no name server can tell the addresses of the servers at the moment
 * - `names`: the names of the servers are not known
 * - `servers`: no server answers
 * - `clock`: servers answer, but this clock is so wrong that certificates cannot be checked
 */
export type MissingStep = OwnStep | 'route' | 'name-server' | 'names' | 'servers' | 'clock';

/** What this computer itself lacks, before anything beyond its own cable counts. */
const ownSteps = ['network-card', 'cable', 'radio', 'address'] as const;
type OwnStep = (typeof ownSteps)[number];

/** Whether this computer itself lacks something: the kernel reports when that changes. */
export function isOwnStep(step: MissingStep | undefined): boolean {
  return ownSteps.some((own) => own === step);
}

/** Whether a login cannot work at the moment, whatever the servers do. */
export function isCutOff(step: MissingStep | undefined): boolean {
  return step !== undefined && step !== 'servers' && step !== 'clock';
}

/**
 * The missing step; undefined where a login can work, or where that is not known yet. While servers are being asked, the
 * last result stays, unless this computer's own network has changed.
 * @param before the last result
 */
export function missingStep(
  before: MissingStep | undefined,
  health: ClientHealth,
  statuses: readonly ServerStatus[],
): MissingStep | undefined {
  if (statuses.some(isReached)) return health.isClockWrong ? 'clock' : undefined;
  const own = ownStep(health);
  if (statuses.every(({ state }) => state === 'down')) return own ?? beyond(health, statuses);
  return isOwnStep(before) ? own : before;
}

/** An answer, or a server on this machine, which needs no network. */
function isReached({ state, address }: ServerStatus): boolean {
  return (state !== 'down' && state !== 'checking') || (address !== null && isLoopback(address));
}

function ownStep({ link, hasAddress }: ClientHealth): OwnStep | undefined {
  if (hasAddress) return undefined;
  switch (link) {
    case 'no-card':
      return 'network-card';
    case 'no-cable':
      return 'cable';
    case 'no-radio':
      return 'radio';
    case 'up':
      return 'address';
  }
}

/** Why no server is reached though this computer has an address. */
function beyond(health: ClientHealth, statuses: readonly ServerStatus[]): MissingStep | undefined {
  const reasons = statuses.map(({ reason }) => reason);
  if (reasons.length === 0) return undefined;
  const needsRoute = reasons.every(
    (reason) => reason === 'unreachable' || (reason === 'dns-failed' && !health.isNameServerNear),
  );
  if (needsRoute && !health.hasRoute) return 'route';
  if (!reasons.every((reason) => reason === 'dns-failed' || reason === 'unresolvable')) return 'servers';
  return reasons.includes('dns-failed') ? 'name-server' : 'names';
}
