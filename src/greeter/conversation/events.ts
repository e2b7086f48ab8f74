import type { LoginOutcome, LoginProgress } from '../../login/outcome.js';
import type { ServerChoice } from '../../protocol/greeter-messages.js';
import type { DesktopPick } from '../../session/remote-command.js';
import type { Prompt } from '../../session/sign-in/prompt-answers.js';
import type { Secret } from '../../shared/secret.js';
import type { EndedSession } from '../attempt/session-watch.js';
import type { ControlFailure } from '../client/client-controls.js';
import type { LanguageOption, SessionOption, SessionOptions } from '../session-options/session-options.js';
import type { Conversation, GuestMode } from './conversation.js';

/** What the user does. Each of these stops the countdown. */
export type UserEvent =
  | { readonly kind: 'answered'; readonly question: number; readonly answer: Secret }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'guest-login-requested' }
  /** A key or a button was pressed while a countdown was shown. */
  | { readonly kind: 'user-active' }
  /** `options`: what the server offers, or automatic choice may lead to, as far as servers have told. */
  | { readonly kind: 'server-chosen'; readonly choice: ServerChoice; readonly options: SessionOptions }
  | { readonly kind: 'session-chosen'; readonly session: SessionOption }
  | { readonly kind: 'language-chosen'; readonly language: LanguageOption }
  /** Another server may get what was typed. */
  | { readonly kind: 'failover-confirmed'; readonly question: number };

/** What happens to this client. */
export type SystemEvent =
  | { readonly kind: 'guest-settings-changed'; readonly guest: GuestMode }
  /** One second of the countdown. */
  | { readonly kind: 'second-elapsed' }
  /** A message from before this greeter. */
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'control-failed'; readonly failure: ControlFailure }
  /** The windows had died. `dropped`: the earlier messages may be what killed them. */
  | { readonly kind: 'windows-restarted'; readonly messages: 'kept' | 'dropped' };

/** What an attempt reports. The events of an earlier attempt count for nothing. */
export type AttemptEvent = { readonly attempt: number } & (
  | { readonly kind: 'progress'; readonly progress: LoginProgress }
  | { readonly kind: 'prompted'; readonly server: string; readonly prompt: Prompt }
  /** A server has failed after it got the user's answers; another one is left. */
  | { readonly kind: 'failover-proposed'; readonly server: string }
  | { readonly kind: 'ended'; readonly outcome: LoginOutcome }
  | { readonly kind: 'session-shown' }
  /** Its window manager no longer needs our windows. */
  | { readonly kind: 'session-settled' }
  | { readonly kind: 'session-ended'; readonly ended: EndedSession }
);

export type Event = UserEvent | SystemEvent | AttemptEvent;

/** What is to be done. */
export type Effect =
  | {
      readonly kind: 'log-in';
      readonly attempt: number;
      readonly user: string;
      readonly password: Secret;
      readonly choice: ServerChoice;
      readonly pick: DesktopPick;
    }
  /** Name and password come from the settings. */
  | {
      readonly kind: 'log-in-guest';
      readonly attempt: number;
      readonly choice: ServerChoice;
      readonly pick: DesktopPick;
    }
  | { readonly kind: 'send-answer'; readonly answer: Secret }
  | { readonly kind: 'confirm-failover' }
  /** Nobody waits for this answer. */
  | { readonly kind: 'wipe-answer'; readonly answer: Secret }
  | { readonly kind: 'abandon-attempt' }
  | { readonly kind: 'hide-windows' }
  | { readonly kind: 'close-windows' }
  | { readonly kind: 'finish'; readonly ended: EndedSession };

export interface Step {
  readonly next: Conversation;
  readonly effects: readonly Effect[];
}

export function unchanged(now: Conversation): Step {
  return { next: now, effects: [] };
}
