import { attemptStep } from './attempt-step.js';
import type { Conversation } from './conversation.js';
import { type AttemptEvent, type Event, type Step, type UserEvent, unchanged } from './events.js';
import { systemStep } from './system-step.js';
import { userStep } from './user-step.js';

/** Makes the compiler complain about a user event that is missing here. */
const userEvents: Readonly<Record<UserEvent['kind'], true>> = {
  answered: true,
  cancelled: true,
  'guest-login-requested': true,
  'user-active': true,
  'server-chosen': true,
  'session-chosen': true,
  'language-chosen': true,
  'failover-confirmed': true,
};

/** What an event makes of the conversation. Pure. An event that means nothing at this point changes nothing. */
export function step(before: Conversation, event: Event): Step {
  if (isUserEvent(event)) return userStep(withoutCountdown(before), event);
  if (isAttemptEvent(event)) return event.attempt === before.attempt ? attemptStep(before, event) : unchanged(before);
  return systemStep(before, event);
}

function isUserEvent(event: Event): event is UserEvent {
  return Object.hasOwn(userEvents, event.kind);
}

function isAttemptEvent(event: Event): event is AttemptEvent {
  return 'attempt' in event;
}

function withoutCountdown(now: Conversation): Conversation {
  return now.countdown === null ? now : { ...now, countdown: null };
}
