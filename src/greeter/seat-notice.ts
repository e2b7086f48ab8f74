import { displayGoneText } from '../login/sentences.js';
import { t } from '../shared/i18n.js';
import { cleanLine } from '../shared/plain-text.js';

/**
 * Why the last turn of this seat ended, in the user's words. `ldm-seat` starts `ldm` and says it by a code; root's
 * environment is no file that others write.
 * @param environment LDM_SEAT_NOTICE, and LDM_SEAT_NOTICE_DETAIL for a line that helps the administrator
 * @returns undefined where nothing went wrong
 */
export function seatNotice(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { LDM_SEAT_NOTICE: code, LDM_SEAT_NOTICE_DETAIL: detail = '' } = environment;
  const text = noticeText(code);
  if (text === undefined) return undefined;
  return [text, cleanLine(detail)].filter((line) => line !== '').join('\n');
}

function noticeText(code: string | undefined): string | undefined {
  switch (code) {
    case 'x-ended':
      return displayGoneText();
    case 'x-failed':
      return t("The screen's X server did not start at first. Please tell your administrator.");
    case 'greeter-failed':
      return t('The login screen stopped unexpectedly. Please tell your administrator.');
    case 'seat-failed':
      return t('The login screen did not start at first. Please tell your administrator.');
    default:
      return undefined;
  }
}
