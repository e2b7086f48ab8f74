import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { connectAccessibility, find, textOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { missingForWindows } from './support/missing.js';
import { RealLdm } from './support/real-ldm.js';
import { waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'what a seat tells the next login screen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-notice-'));
  let desktop: Desktop;
  let ldm: RealLdm | undefined;
  beforeAll(async () => {
    desktop = await startDesktop();
    connectAccessibility(desktop);
  });
  afterEach(async () => {
    await ldm?.stop();
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const status = async (settings: Readonly<Record<string, string>>): Promise<string> => {
    ldm = await RealLdm.start(desktop, 'cluster', folder, settings);
    await find(ldm.root, 'text', 'Username');
    const box = await find(ldm.root, 'text', 'Status');
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
