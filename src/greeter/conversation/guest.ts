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
  const isUntouched = now.attempt === 0 && now.question === 1;
  const begins = isUntouched && countdown !== now.countdownFrom;
  return { ...now, guest: button, countdown: begins ? countdown : now.countdown, countdownFrom: countdown };
}
