import type { SessionErrorCode } from '../session/failures.js';
import type { Session } from '../session/start-session.js';

/** What a login says on its way. */
export type LoginProgress =
  | { readonly kind: 'choosing' }
  /** All that may still answer, in the order of preference. */
  | { readonly kind: 'connecting'; readonly servers: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'signing-in'; readonly server: string }
  | { readonly kind: 'server-message'; readonly server: string; readonly text: string }
  /** Its kernel does not answer, or does again. */
  | { readonly kind: 'silent'; readonly server: string }
  | { readonly kind: 'answers'; readonly server: string }
  | { readonly kind: 'starting'; readonly server: string };

/** One server that came to nothing, and why. */
export interface Failure {
  readonly server: string;
  readonly code: SessionErrorCode;
  readonly detail: string;
  /** The server's own words, as they came. */
  readonly serverMessage?: string | undefined;
}

export type LoginOutcome =
  | { readonly kind: 'started'; readonly server: string; readonly session: Session }
  /** No server is left; by hand, the one chosen. */
  | {
      readonly kind: 'none-left';
      readonly failures: readonly Failure[];
      /** Whoever should have given the list of servers was away. */
      readonly isLastResort?: true | undefined;
      /** It is this client that has no network. */
      readonly isOffline?: boolean;
    }
  /** The last of these servers had the user's credentials when it failed, and nobody wanted them to go to another. */
  | { readonly kind: 'not-continued'; readonly server: string; readonly failures: readonly Failure[] }
  /** `explained`: the server has said why in its own words, which were told. */
  | { readonly kind: 'wrong-credentials'; readonly server: string; readonly explained?: true }
  | { readonly kind: 'unknown-server'; readonly server: string }
  /** LDM_USER_ALLOW does not name the user; nothing was sent to anybody. */
  | { readonly kind: 'user-not-allowed'; readonly user: string }
  /** This client itself refuses it; with the words of whoever does, if any. */
  | { readonly kind: 'not-allowed'; readonly server: string; readonly detail: string }
  | { readonly kind: 'cancelled' };
