import type { ServerAddress } from '../settings/server-address.js';

/** What a choice depends on beside the servers' answers. */
export interface Circumstances {
  /** The monotonic clock that `askedAt` was read from, in ms; null where it is not known: no rating counts as fresh. */
  readonly now: number | null;
  /** Whether a login failed there lately: it comes after the servers that are as usable. */
  readonly isDemoted: (server: ServerAddress) => boolean;
}

export const noCircumstances: Circumstances = { now: null, isDemoted: () => false };
