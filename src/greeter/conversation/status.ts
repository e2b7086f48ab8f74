import type { LoginOutcome, LoginProgress } from '../../login/outcome.js';
import type { UserNameProblem } from '../../login/user-name.js';
import type { ServerChoice } from '../../protocol/greeter-messages.js';
import type { EndedSession } from '../attempt/session-watch.js';
import type { ControlFailure } from '../client/client-controls.js';

/** One report to the user, as a code with its data; the presenter makes the sentence. */
export type StatusEntry =
  | { readonly kind: 'progress'; readonly progress: ReportedProgress }
  /** The lines before the question in a server's prompt, cleaned. */
  | { readonly kind: 'prompt-text'; readonly text: string }
  | { readonly kind: 'failover-question'; readonly server: string }
  | { readonly kind: 'login-failed'; readonly outcome: FailedOutcome }
  | { readonly kind: 'login-cancelled' }
  | { readonly kind: 'user-name-rejected'; readonly problem: UserNameProblem }
  /** The chosen session or language does not exist where the user wants to log in now. */
  | { readonly kind: 'option-unavailable'; readonly choice: ServerChoice; readonly label: string }
  | { readonly kind: 'windows-restarted'; readonly messages: 'kept' | 'dropped' }
  | { readonly kind: 'session-ended'; readonly ended: EndedSession }
  | { readonly kind: 'control-failed'; readonly failure: ControlFailure }
  /** A message from before this greeter. */
  | { readonly kind: 'notice'; readonly text: string };

/** Progress that stays on the screen; the rest only says what is waited for. */
export type ReportedProgress = Extract<LoginProgress, { kind: 'failed' | 'server-message' | 'silent' | 'answers' }>;

export type FailedOutcome = Exclude<LoginOutcome, { kind: 'started' | 'cancelled' }>;

/** A server that sends text without end must not fill the memory. */
export const maxEntries = 500;

export function addEntry(entries: readonly StatusEntry[], entry: StatusEntry): readonly StatusEntry[] {
  return [...entries, entry].slice(-maxEntries);
}
