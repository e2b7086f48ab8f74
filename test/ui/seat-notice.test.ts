import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, textOf } from './support/accessibility.js';
import { missingForWindows } from './support/missing.js';
import { useRealLdm } from './support/use-real-ldm.js';
import { waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'what a seat tells the next login screen', () => {
  const { start } = useRealLdm();
  const status = async (settings: Readonly<Record<string, string>>): Promise<string> => {
    const { root } = await start(settings);
    const box = await find(root, 'text', 'Status');
    return (await waitFor('a sentence', () => textOf(box) !== '' && textOf(box))) || '';
  };

  it('a login screen after an X server that was killed says so', async () => {
    expect(await status({ LDM_SEAT_NOTICE: 'x-ended', LDM_SEAT_NOTICE_DETAIL: '' })).toContain(
      "The screen's X server stopped unexpectedly. Please log in again.",
    );
  });

  it('a login screen after an X server that did not start says why, on a line of its own', async () => {
    const settings = {
      LDM_SEAT_NOTICE: 'x-failed',
      LDM_SEAT_NOTICE_DETAIL: 'no screens\u001b found',
    };
    expect(await status(settings)).toMatch(/The screen's X server did not start at first\. .+\nno screens ?found$/);
  });
});
