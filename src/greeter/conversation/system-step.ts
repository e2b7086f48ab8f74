import { cleanText } from '../../shared/plain-text.js';
import { type Conversation, report } from './conversation.js';
import { type Step, type SystemEvent, unchanged } from './events.js';
import { countDown, withGuestMode } from './guest.js';

/** What happens to this client makes of the conversation. */
export function systemStep(now: Conversation, event: SystemEvent): Step {
  switch (event.kind) {
    case 'guest-settings-changed':
      return unchanged(withGuestMode(now, event.guest));
    case 'second-elapsed':
      return countDown(now);
    case 'notice':
      return unchanged(report(now, { kind: 'notice', text: cleanText(event.text) }));
    case 'control-failed':
      return unchanged(report(now, event));
    case 'windows-restarted':
      return unchanged(report(event.messages === 'kept' ? now : { ...now, status: [] }, event));
  }
}
