import { describe, expect, it } from 'vitest';
import { seatNotice } from '../../../src/greeter/seat-notice.js';

describe('what a seat tells the next login screen', () => {
  it.each([
    ['x-ended', /X server stopped unexpectedly/],
    ['x-failed', /X server did not start at first/],
    ['greeter-failed', /login screen stopped unexpectedly/],
    ['seat-failed', /login screen did not start at first/],
  ])('%s is a sentence, with the detail below it', (code, sentence) => {
    const lines = seatNotice({ LDM_SEAT_NOTICE: code, LDM_SEAT_NOTICE_DETAIL: 'why' })?.split('\n');
    expect(lines).toEqual([expect.stringMatching(sentence), 'why']);
  });

  it('a code without a detail is the sentence alone', () => {
    expect(seatNotice({ LDM_SEAT_NOTICE: 'x-failed' })).toMatch(/^The screen's X server .*administrator\.$/);
    expect(seatNotice({ LDM_SEAT_NOTICE: 'x-failed', LDM_SEAT_NOTICE_DETAIL: '\u0007' })).not.toContain('\n');
  });

  it('a code that is unknown, or none, is no notice', () => {
    expect(seatNotice({ LDM_SEAT_NOTICE: 'else', LDM_SEAT_NOTICE_DETAIL: 'why' })).toBeUndefined();
    expect(seatNotice({})).toBeUndefined();
  });
});
