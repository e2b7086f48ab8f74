import { begin, type Conversation, type GuestMode, pickOf } from './conversation.js';
import { type Step, unchanged } from './events.js';

/** Logs the guest account in. */
export function guestLogin(now: Conversation): Step {
  const effect = { kind: 'log-in-guest', attempt: now.attempt + 1, choice: now.choice, pick: pickOf(now) } as const;
  return { next: begin(now, null), effects: [effect] };
}

/** Counts down, and logs the guest account in at the end. */
export function countDown(now: Conversation): Step {
  if (now.countdown === null) return unchanged(now);
  return now.countdown > 1
    ? unchanged({ ...now, countdown: now.countdown - 1 })
    : guestLogin({ ...now, countdown: null });
}

/** New settings neither restart a countdown that was stopped, nor start one once somebody uses the screen. */
export function withGuestMode(now: Conversation, { button, countdown }: GuestMode): Conversation {
  const { attempt, question } = now;
  const isUntouched = attempt === 0 && question === 1;
  const begun = isUntouched && countdown !== now.countdownFrom ? countdown : now.countdown;
  return { ...now, guest: button, countdown: countdown === null ? null : begun, countdownFrom: countdown };
}
