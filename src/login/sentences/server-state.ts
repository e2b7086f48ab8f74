import type { DownReason, ServerStatus } from '../../servers/server-status.js';
import { t } from '../../shared/i18n.js';
import { cleanLine } from '../../shared/plain-text.js';
import { failureText } from './failure.js';

/** A server's state, with the reason: `up`, `down: no answer in time`. */
export function stateText({ state, info, reason }: ServerStatus): string {
  switch (state) {
    case 'checking':
      return t('checking...');
    case 'up':
      return t('up');
    case 'unrated':
      return t('unrated: tells no rating');
    case 'draining':
      return drainingText(info);
    case 'down':
      return reason === null ? t('down') : t('down: {reason}', { reason: downReasonText(reason) });
  }
}

/** A server that is being switched on. */
export function wakingStateText(): string {
  return t('waking up...');
}

function downReasonText(reason: DownReason): string {
  switch (reason) {
    case 'timeout':
      return t('no answer in time');
    case 'ssh-down':
      return t('its login service is not running');
    case 'ssh-silent':
      return t('its login service does not answer');
    case 'refused':
    case 'unreachable':
    case 'unresolvable':
    case 'dns-failed':
    case 'turned-away':
    case 'busy':
      return failureText(reason);
  }
}

/** Rating 0 without a drain is a server that has reached its capacity; `ldminfod status` uses the same word. */
function drainingText(info: ServerStatus['info']): string {
  if (info?.draining === false) return t('full: takes no new logins');
  // In quotation marks, because it is the administrator's text, and anybody can answer on the info port.
  const notice = cleanLine(info?.notice ?? '');
  return notice === '' ? t('draining: takes no new logins') : t('draining: "{notice}"', { notice });
}
