import type { LoginProgress } from '../../login/outcome.js';
import type { ServerChoice } from '../../protocol/greeter-messages.js';
import type { DesktopPick } from '../../session/remote-command.js';
import {
  defaultLanguage,
  defaultSession,
  type LanguageOption,
  type SessionOption,
} from '../session-options/session-options.js';
import { addEntry, type StatusEntry } from './status.js';

/**
 * The whole state of a login. Pure data: it holds no widget, no socket, no sentence and no password. Passwords pass
 * from an event to an effect. Every attempt has a number, and events of an earlier attempt are dropped.
 */
export interface Conversation {
  readonly stage: Stage;
  /** Everything reported since the attempt began, kept until the next one. */
  readonly status: readonly StatusEntry[];
  readonly choice: ServerChoice;
  readonly session: SessionOption;
  readonly language: LanguageOption;
  /** Whether the guest button is offered. */
  readonly guest: GuestMode['button'];
  /** Seconds until the automatic login of the guest account; null where there is none, or it was stopped. */
  readonly countdown: number | null;
  /** Where the countdown starts, by the settings. */
  readonly countdownFrom: number | null;
  /** Number of the current question, or of the last one. */
  readonly question: number;
  /** Number of the current attempt, or of the last one. */
  readonly attempt: number;
}

/** How the guest account, this client's own, may log in. */
export interface GuestMode {
  readonly button: 'offered' | 'none';
  readonly countdown: number | null;
}

/** A `user` of null is the guest account. */
export type Stage =
  | { readonly at: 'user-name'; readonly user: string }
  | { readonly at: 'password'; readonly user: string }
  /** An attempt is under way. */
  | { readonly at: 'connecting'; readonly user: string | null; readonly waitingFor: WaitingFor }
  /** The server asks its own question. An empty label stands for a question without text. */
  | {
      readonly at: 'prompted';
      readonly user: string | null;
      readonly server: string;
      readonly label: string;
      readonly hidden: boolean;
    }
  /** A server has failed after it got the user's answers. The user decides whether another one gets them. */
  | { readonly at: 'failover'; readonly user: string | null; readonly server: string }
  /** The session has begun and its first window is awaited. */
  | { readonly at: 'starting'; readonly user: string | null; readonly server: string }
  /** The desktop is on the screen; the windows are closed. */
  | { readonly at: 'running'; readonly server: string };

/** What an attempt waits for. `reply`: the server's next step after an answer of the user. */
export type WaitingFor =
  | Extract<LoginProgress, { kind: 'choosing' | 'connecting' | 'waking' | 'signing-in' | 'starting' }>
  | { readonly kind: 'reply'; readonly server: string };

export function newConversation(guest: GuestMode = { button: 'none', countdown: null }): Conversation {
  return {
    stage: { at: 'user-name', user: '' },
    status: [],
    choice: { mode: 'automatic' },
    session: defaultSession,
    language: defaultLanguage,
    guest: guest.button,
    countdown: guest.countdown,
    countdownFrom: guest.countdown,
    question: 1,
    attempt: 0,
  };
}

/** Begins an attempt. The status of the one before is gone. */
export function begin(now: Conversation, user: string | null): Conversation {
  const stage = { at: 'connecting', user, waitingFor: { kind: 'choosing' } } as const;
  return { ...now, attempt: now.attempt + 1, status: [], stage };
}

/** Moves to a stage that asks, with a new question. */
export function ask(now: Conversation, stage: Stage): Conversation {
  return { ...now, stage, question: now.question + 1 };
}

/** After an attempt: asks for the user's password again, or for a user name after the guest account. */
export function askAgain(now: Conversation, user: string | null): Conversation {
  return ask(now, user === null ? { at: 'user-name', user: '' } : { at: 'password', user });
}

export function report(now: Conversation, entry: StatusEntry): Conversation {
  return { ...now, status: addEntry(now.status, entry) };
}

export function pickOf({ session, language }: Conversation): DesktopPick {
  return { session: session.pick, language: language.pick };
}
