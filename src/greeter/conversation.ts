import type { LoginOutcome, LoginProgress } from '../login/outcome.js';
import {
  answeredText,
  goOnText,
  notOfferedText,
  outcomeText,
  progressLine,
  sessionEndText,
  waitingText,
} from '../login/sentences.js';
import { userNameProblem } from '../login/user-name.js';
import type { ServerChoice, StatusLine } from '../protocol/greeter-messages.js';
import type { DesktopPick } from '../session/remote-command.js';
import type { Prompt } from '../session/sign-in/prompt-answers.js';
import { t } from '../shared/i18n.js';
import { cleanLine, cleanText } from '../shared/plain-text.js';
import type { Secret } from '../shared/secret.js';
import {
  defaultLanguage,
  defaultSession,
  type LanguageOffer,
  languageAmong,
  type Offers,
  type SessionOffer,
  sessionAmong,
} from './session-options/session-options.js';

/**
 * The whole state of a login, and what each event makes of it. Pure: it holds no widget, no socket and no password;
 * those travel through it from an event to an effect. Every attempt has a number, and what an earlier attempt still
 * says is dropped.
 */
export interface Conversation {
  readonly stage: Stage;
  /** Everything said since the attempt began, kept until the next. */
  readonly status: readonly StatusLine[];
  readonly choice: ServerChoice;
  readonly session: SessionOffer;
  readonly language: LanguageOffer;
  /** Whether the button for guests is offered. */
  readonly guest: GuestLogin['button'];
  /** Seconds until the guest account logs in by itself; null where it does not, or was stopped. */
  readonly countdown: number | null;
  /** Where it began, by the settings. */
  readonly countdownFrom: number | null;
  /** Number of the question that is open, or was last. */
  readonly question: number;
  /** Number of the attempt that is under way, or was last. */
  readonly attempt: number;
}

/** What may be done with the guest account, this client's own. */
export interface GuestLogin {
  readonly button: 'offered' | 'none';
  readonly countdown: number | null;
}

/** A `user` of null is the guest account. */
export type Stage =
  /** Asks who logs in. */
  | { readonly at: 'idle'; readonly user: string }
  /** Asks for the password. */
  | { readonly at: 'asking'; readonly user: string }
  /** An attempt is under way; `waiting` says what for. */
  | { readonly at: 'connecting'; readonly user: string | null; readonly waiting: string }
  /** The server asks something of its own. */
  | {
      readonly at: 'prompted';
      readonly user: string | null;
      readonly server: string;
      readonly label: string;
      readonly hidden: boolean;
    }
  /** A server has failed with what the user typed, and another may be tried with it. */
  | { readonly at: 'offering'; readonly user: string | null; readonly server: string }
  /** The session has begun and its first window is awaited. */
  | { readonly at: 'starting'; readonly user: string | null; readonly server: string }
  /** The desktop is on the screen; the greeter has gone. */
  | { readonly at: 'running'; readonly server: string };

export type Event =
  | { readonly kind: 'answered'; readonly question: number; readonly answer: Secret }
  | { readonly kind: 'cancelled' }
  /** The button for guests. */
  | { readonly kind: 'guest' }
  /** A key or a button, anywhere in the windows. */
  | { readonly kind: 'stirred' }
  /** The settings have changed. */
  | { readonly kind: 'settings'; readonly guest: GuestLogin }
  /** A second of the countdown has gone by. */
  | { readonly kind: 'second' }
  /** `offers` is what can be had there, as far as anybody has told. */
  | { readonly kind: 'chose'; readonly choice: ServerChoice; readonly offers: Offers }
  | { readonly kind: 'chose-session'; readonly session: SessionOffer }
  | { readonly kind: 'chose-language'; readonly language: LanguageOffer }
  | { readonly kind: 'told'; readonly text: string }
  /** The windows had died. Dropped messages may be what they could not show. */
  | { readonly kind: 'windows-restarted'; readonly messages: 'kept' | 'dropped' }
  | { readonly kind: 'news'; readonly attempt: number; readonly news: LoginProgress }
  | { readonly kind: 'prompted'; readonly attempt: number; readonly server: string; readonly prompt: Prompt }
  /** Shall another server get what this one had? */
  | { readonly kind: 'offered'; readonly attempt: number; readonly server: string }
  /** The user wants that. */
  | { readonly kind: 'went-on'; readonly question: number }
  | { readonly kind: 'ended'; readonly attempt: number; readonly outcome: LoginOutcome }
  | { readonly kind: 'session-shown'; readonly attempt: number }
  | { readonly kind: 'session-ended'; readonly attempt: number; readonly detail: string };

export type Effect =
  | {
      readonly kind: 'log-in';
      readonly attempt: number;
      readonly user: string;
      readonly password: Secret;
      readonly choice: ServerChoice;
      readonly pick: DesktopPick;
    }
  | {
      readonly kind: 'log-in-guest';
      readonly attempt: number;
      readonly choice: ServerChoice;
      readonly pick: DesktopPick;
    }
  | { readonly kind: 'answer'; readonly answer: Secret }
  | { readonly kind: 'go-on' }
  /** Of an answer that nobody waits for. */
  | { readonly kind: 'forget'; readonly answer: Secret }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'close-greeter' }
  | { readonly kind: 'finish' };

export interface Step {
  readonly next: Conversation;
  readonly effects: readonly Effect[];
}

/** A talkative server cannot fill the screen's memory. */
const mostStatusLines = 500;

export function newConversation(guest: GuestLogin = { button: 'none', countdown: null }): Conversation {
  return {
    stage: { at: 'idle', user: '' },
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

/** What an event makes of the conversation. An event that means nothing at this point changes nothing. */
export function step(before: Conversation, event: Event): Step {
  if ('attempt' in event && event.attempt !== before.attempt) return { next: before, effects: [] };
  const now = isUsers(event) && before.countdown !== null ? { ...before, countdown: null } : before;
  switch (event.kind) {
    case 'answered':
      return event.question === now.question ? answered(now, event.answer) : forget(now, event.answer);
    case 'cancelled':
      return cancelled(now);
    case 'guest':
      return now.guest === 'offered' && now.stage.at === 'idle' ? guestLogin(now) : { next: now, effects: [] };
    case 'stirred':
      return { next: now, effects: [] };
    case 'settings':
      return { next: withGuest(now, event.guest), effects: [] };
    case 'second': {
      if (now.countdown === null || now.stage.at !== 'idle') return { next: now, effects: [] };
      return now.countdown > 1
        ? { next: { ...now, countdown: now.countdown - 1 }, effects: [] }
        : guestLogin({ ...now, countdown: null });
    }
    case 'chose':
      return { next: onOtherServer({ ...now, choice: event.choice }, event.offers), effects: [] };
    case 'chose-session':
      return { next: { ...now, session: event.session }, effects: [] };
    case 'chose-language':
      return { next: { ...now, language: event.language }, effects: [] };
    case 'told':
      return { next: say(now, { kind: 'error', text: cleanText(event.text) }), effects: [] };
    case 'windows-restarted':
      return { next: windowsRestarted(now, event.messages), effects: [] };
    case 'news':
      return { next: heard(now, event.news), effects: [] };
    case 'prompted':
      return { next: prompted(now, event.server, event.prompt), effects: [] };
    case 'offered':
      return { next: offered(now, event.server), effects: [] };
    case 'went-on':
      return event.question === now.question ? wentOn(now) : { next: now, effects: [] };
    case 'ended':
      return { next: ended(now, event.outcome), effects: [] };
    case 'session-shown':
      return now.stage.at === 'starting'
        ? { next: { ...now, stage: { at: 'running', server: now.stage.server } }, effects: [{ kind: 'close-greeter' }] }
        : { next: now, effects: [] };
    case 'session-ended':
      return sessionEnded(now, event.detail);
  }
}

function windowsRestarted(now: Conversation, messages: 'kept' | 'dropped'): Conversation {
  if (messages === 'kept') {
    return say(now, { kind: 'error', text: t('The login window had to be started again. Nothing was lost.') });
  }
  const text = t('The login window had to be started again. Earlier messages were removed.');
  return say({ ...now, status: [] }, { kind: 'error', text });
}

/** Whatever the user does stops the countdown. */
function isUsers({ kind }: Event): boolean {
  return ['answered', 'cancelled', 'chose', 'chose-session', 'chose-language', 'guest', 'stirred'].includes(kind);
}

/** A countdown that was stopped is not begun again by other settings, nor one begun under somebody's hands. */
function withGuest(now: Conversation, { button, countdown }: GuestLogin): Conversation {
  const { stage, attempt, question } = now;
  const isUntouched = attempt === 0 && question === 1 && stage.at === 'idle';
  const begun = isUntouched && countdown !== now.countdownFrom ? countdown : now.countdown;
  return { ...now, guest: button, countdown: countdown === null ? null : begun, countdownFrom: countdown };
}

/** The name and password are the administrator's, and known to whoever carries it out. */
function guestLogin(now: Conversation): Step {
  const effect = { kind: 'log-in-guest', attempt: now.attempt + 1, choice: now.choice, pick: pickOf(now) } as const;
  return { next: begin(now, null), effects: [effect] };
}

function begin(now: Conversation, user: string | null): Conversation {
  const stage = { at: 'connecting', user, waiting: t('Looking for a server...') } as const;
  return { ...now, attempt: now.attempt + 1, status: [], stage };
}

function pickOf({ session, language }: Conversation): DesktopPick {
  return { session: session.pick, language: language.pick };
}

function forget(now: Conversation, answer: Secret): Step {
  return { next: now, effects: [{ kind: 'forget', answer }] };
}

function answered(now: Conversation, answer: Secret): Step {
  const { stage } = now;
  switch (stage.at) {
    case 'idle': {
      // A space that woke the screen is no part of a name.
      const user = answer.reveal().trim();
      const problem = userNameProblem(user);
      if (problem === undefined) return { next: ask(now, { at: 'asking', user }), effects: [] };
      const again = ask({ ...now, status: [] }, { at: 'idle', user: cleanLine(user) });
      return { next: say(again, { kind: 'error', text: problem }), effects: [] };
    }
    case 'asking': {
      const { user } = stage;
      const next = begin(now, user);
      const { attempt, choice } = next;
      const effect = { kind: 'log-in', attempt, user, password: answer, choice, pick: pickOf(now) } as const;
      return { next, effects: [effect] };
    }
    case 'prompted':
      return {
        next: { ...now, stage: { at: 'connecting', user: stage.user, waiting: answeredText(stage.server) } },
        effects: [{ kind: 'answer', answer }],
      };
    case 'connecting':
    case 'offering':
    case 'starting':
    case 'running':
      return forget(now, answer);
  }
}

/** What the server that was chosen now does not have is the default again, and that is said. */
function onOtherServer(now: Conversation, offers: Offers): Conversation {
  const session = sessionAmong(now.session, offers);
  const language = languageAmong(now.language, offers);
  const lost = [...(session ? [] : [now.session.label]), ...(language ? [] : [now.language.label])];
  const fitting = { ...now, session: session ?? defaultSession, language: language ?? defaultLanguage };
  return lost.reduce((said, label) => say(said, { kind: 'info', text: notOfferedText(now.choice, label) }), fitting);
}

function cancelled(now: Conversation): Step {
  const { stage } = now;
  switch (stage.at) {
    case 'idle':
    case 'running':
      return { next: now, effects: [] };
    case 'asking':
      return { next: ask({ ...now, status: [] }, { at: 'idle', user: stage.user }), effects: [] };
    case 'connecting':
    case 'prompted':
    case 'offering':
    case 'starting': {
      // The number is used up at once: whatever the attempt still says, nobody listens any more.
      const given = askAgain({ ...now, attempt: now.attempt + 1 }, stage.user);
      return {
        next: say(given, { kind: 'info', text: t('The login was cancelled.') }),
        effects: [{ kind: 'give-up' }],
      };
    }
  }
}

function heard(now: Conversation, news: LoginProgress): Conversation {
  const line = progressLine(news);
  const said = line ? say(now, line) : now;
  const waiting = waitingText(news);
  const { stage } = said;
  return waiting !== undefined && (stage.at === 'connecting' || stage.at === 'prompted')
    ? { ...said, stage: { at: 'connecting', user: stage.user, waiting } }
    : said;
}

/** PAM puts its explanations before the question into the same text: the last line asks, the others are told. */
function prompted(now: Conversation, server: string, prompt: Prompt): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting') return now;
  const lines = cleanText(prompt.text).split('\n');
  const label = cleanLine(lines.at(-1) ?? '') || t('Answer');
  const words = lines.slice(0, -1).join('\n').trim();
  const told = words === '' ? now : say(now, { kind: 'info', text: words });
  return ask(told, { at: 'prompted', user: stage.user, server, label, hidden: !prompt.echo });
}

function offered(now: Conversation, server: string): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting' && stage.at !== 'prompted') return now;
  const asked = ask(now, { at: 'offering', user: stage.user, server });
  return say(asked, { kind: 'info', text: goOnText(server) });
}

function wentOn(now: Conversation): Step {
  const { stage } = now;
  if (stage.at !== 'offering') return { next: now, effects: [] };
  const waiting = t('Looking for a server...');
  return { next: { ...now, stage: { at: 'connecting', user: stage.user, waiting } }, effects: [{ kind: 'go-on' }] };
}

function ended(now: Conversation, outcome: LoginOutcome): Conversation {
  const { stage } = now;
  if (stage.at !== 'connecting' && stage.at !== 'prompted') return now;
  if (outcome.kind === 'started') {
    return { ...now, stage: { at: 'starting', user: stage.user, server: outcome.server } };
  }
  const text = outcomeText(outcome);
  const again = askAgain(now, stage.user);
  return text === undefined ? again : say(again, { kind: 'error', text });
}

function sessionEnded(now: Conversation, detail: string): Step {
  const { stage } = now;
  if (stage.at === 'running') return { next: now, effects: [{ kind: 'finish' }] };
  if (stage.at !== 'starting') return { next: now, effects: [] };
  const again = askAgain(now, stage.user);
  return { next: say(again, { kind: 'error', text: sessionEndText(stage.server, detail) }), effects: [] };
}

/** After an attempt: for the password of who tried it, or for a name where it was the guest account. */
function askAgain(now: Conversation, user: string | null): Conversation {
  return ask(now, user === null ? { at: 'idle', user: '' } : { at: 'asking', user });
}

/** Moves to a stage that asks, with a new question. */
function ask(now: Conversation, stage: Stage): Conversation {
  return { ...now, stage, question: now.question + 1 };
}

function say(now: Conversation, line: StatusLine): Conversation {
  return { ...now, status: [...now.status, line].slice(-mostStatusLines) };
}
