import type { SessionErrorCode } from '../session/failures.js';
import type { Session } from '../session/running-session.js';
import type { SessionObserver, SessionProgress } from '../session/session-observer.js';

/** How a login proceeds. */
export type LoginProgress =
  | { readonly kind: 'choosing' }
  /** All servers that may still answer, in the order of preference. */
  | { readonly kind: 'connecting'; readonly servers: readonly string[] }
  /** No server is left, and these are being switched on. */
  | { readonly kind: 'waking'; readonly servers: readonly string[] }
  /** `signing-in`: its key was verified, and the user has to do with it. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly phase: 'connecting' | 'signing-in' }
  | SessionProgress;

/** Follows a login, and answers for the user. */
export interface LoginObserver extends SessionObserver {
  tell(progress: LoginProgress): void;
  /** Whether the credentials may go to another server after this one has failed with them. */
  mayGoOn(failure: Failure, withdrawn: AbortSignal): Promise<boolean>;
}

/** One server on which the login failed, and why. */
export interface Failure {
  readonly server: string;
  readonly code: SessionErrorCode;
  readonly detail: string;
  /** The server's message, untrusted. */
  readonly serverMessage?: string | undefined;
}

export type LoginOutcome =
  | { readonly kind: 'started'; readonly server: string; readonly session: Session }
  /** No server is left; by hand, the chosen one. */
  | {
      readonly kind: 'none-left';
      readonly failures: readonly Failure[];
      /** The source of the list of servers did not answer. */
      readonly isLastResort?: true | undefined;
      /** This client has no network. */
      readonly isOffline?: boolean;
    }
  /** The last of these servers had the user's credentials when it failed, and the user keeps them from other servers. */
  | { readonly kind: 'not-continued'; readonly server: string; readonly failures: readonly Failure[] }
  /** `explained`: the server has said why, and the user has been told. */
  | { readonly kind: 'wrong-credentials'; readonly server: string; readonly explained?: true }
  | { readonly kind: 'unknown-server'; readonly server: string }
  /** LDM_USER_ALLOW does not name the user; nothing was sent to any server. */
  | { readonly kind: 'user-not-allowed'; readonly user: string }
  /** This client itself refuses the login; the detail is the text for the user, if not empty. */
  | { readonly kind: 'not-allowed'; readonly server: string; readonly detail: string }
  | { readonly kind: 'cancelled' };
