import { cleanLine } from '../shared/plain-text.js';
import { type SeatNoticeCode, seatNoticeText } from './presenter/sentences.js';

const codes: readonly SeatNoticeCode[] = ['x-ended', 'x-failed', 'greeter-failed', 'seat-failed'];

/**
 * Why the last run on this seat ended, for the user. `ldm-seat` starts `ldm` and passes it in the environment, since
 * root reads no file that others can write.
 * @param environment LDM_SEAT_NOTICE, and LDM_SEAT_NOTICE_DETAIL for a line that helps the administrator
 * @returns undefined where nothing went wrong
 */
export function seatNotice(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { LDM_SEAT_NOTICE: notice, LDM_SEAT_NOTICE_DETAIL: detail = '' } = environment;
  const code = codes.find((known) => known === notice);
  if (code === undefined) return undefined;
  return [seatNoticeText(code), cleanLine(detail)].filter((line) => line !== '').join('\n');
}
