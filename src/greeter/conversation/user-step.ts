import { userNameProblem } from '../../login/user-name.js';
import { cleanLine } from '../../shared/plain-text.js';
import type { Secret } from '../../shared/secret.js';
import {
  defaultLanguage,
  defaultSession,
  languageAmong,
  type SessionOptions,
  sessionAmong,
} from '../session-options/session-options.js';
import { ask, askAgain, begin, type Conversation, pickOf, report } from './conversation.js';
import { type Step, type UserEvent, unchanged } from './events.js';
import { guestLogin } from './guest.js';

/** What the user's doing makes of the conversation. */
export function userStep(now: Conversation, event: UserEvent): Step {
  switch (event.kind) {
    case 'answered':
      return event.question === now.question ? answered(now, event.answer) : wipe(now, event.answer);
    case 'cancelled':
      return cancelled(now);
    case 'guest-login-requested':
      return now.guest === 'offered' && now.stage.at === 'user-name' ? guestLogin(now) : unchanged(now);
    case 'user-active':
      return unchanged(now);
    case 'server-chosen':
      return unchanged(withAvailableOptions({ ...now, choice: event.choice }, event.options));
    case 'session-chosen':
      return unchanged({ ...now, session: event.session });
    case 'language-chosen':
      return unchanged({ ...now, language: event.language });
    case 'failover-confirmed':
      return event.question === now.question ? failoverConfirmed(now) : unchanged(now);
  }
}

function answered(now: Conversation, answer: Secret): Step {
  const { stage } = now;
  switch (stage.at) {
    case 'user-name':
      return unchanged(userNamed(now, answer.reveal()));
    case 'password': {
      const { user } = stage;
      const next = begin(now, user);
      const { attempt, choice } = next;
      const effect = { kind: 'log-in', attempt, user, password: answer, choice, pick: pickOf(now) } as const;
      return { next, effects: [effect] };
    }
    case 'prompted': {
      const { user, server } = stage;
      return {
        next: { ...now, stage: { at: 'connecting', user, waitingFor: { kind: 'reply', server } } },
        effects: [{ kind: 'send-answer', answer }],
      };
    }
    case 'connecting':
    case 'failover':
    case 'starting':
    case 'running':
      return wipe(now, answer);
  }
}

function userNamed(now: Conversation, text: string): Conversation {
  // A space that woke the screen is no part of a name.
  const user = text.trim();
  const problem = userNameProblem(user);
  if (problem === undefined) return ask(now, { at: 'password', user });
  const again = ask({ ...now, status: [] }, { at: 'user-name', user: cleanLine(user) });
  return report(again, { kind: 'user-name-rejected', problem });
}

function wipe(now: Conversation, answer: Secret): Step {
  return { next: now, effects: [{ kind: 'wipe-answer', answer }] };
}

function cancelled(now: Conversation): Step {
  const { stage } = now;
  switch (stage.at) {
    case 'user-name':
    case 'running':
      return unchanged(now);
    case 'password':
      return unchanged(ask({ ...now, status: [] }, { at: 'user-name', user: stage.user }));
    case 'connecting':
    case 'prompted':
    case 'failover':
    case 'starting': {
      // The number is used up at once, so that later events of the attempt are dropped.
      const again = askAgain({ ...now, attempt: now.attempt + 1 }, stage.user);
      return { next: report(again, { kind: 'login-cancelled' }), effects: [{ kind: 'abandon-attempt' }] };
    }
  }
}

/** Falls back to the default for what the newly chosen server does not have, and reports it. */
function withAvailableOptions(now: Conversation, options: SessionOptions): Conversation {
  const session = sessionAmong(now.session, options);
  const language = languageAmong(now.language, options);
  const missing = [...(session ? [] : [now.session.label]), ...(language ? [] : [now.language.label])];
  const available = { ...now, session: session ?? defaultSession, language: language ?? defaultLanguage };
  return missing.reduce(
    (next, label) => report(next, { kind: 'option-unavailable', choice: now.choice, label }),
    available,
  );
}

function failoverConfirmed(now: Conversation): Step {
  const { stage } = now;
  if (stage.at !== 'failover') return unchanged(now);
  return {
    next: { ...now, stage: { at: 'connecting', user: stage.user, waitingFor: { kind: 'choosing' } } },
    effects: [{ kind: 'confirm-failover' }],
  };
}
