import type { Secret } from '../shared/secret.js';
import type { Prompt } from './sign-in/prompt-answers.js';

/** How the start of a session on one server proceeds. */
export type SessionProgress =
  | { readonly kind: 'signing-in'; readonly server: string }
  | { readonly kind: 'server-message'; readonly server: string; readonly text: string }
  /** The server does not answer, or answers again. */
  | { readonly kind: 'silent'; readonly server: string }
  | { readonly kind: 'answers'; readonly server: string }
  | { readonly kind: 'starting'; readonly server: string };

/** Follows the start of a session, and answers for the user. */
export interface SessionObserver {
  tell(progress: SessionProgress): void;
  /** @param withdrawn aborts when the answer is no longer wanted */
  ask(server: string, prompt: Prompt, withdrawn: AbortSignal): Promise<Secret>;
}
