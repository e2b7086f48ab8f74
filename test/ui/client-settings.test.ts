import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find } from './support/accessibility.js';
import { press } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { useRealLdm } from './support/use-real-ldm.js';
import { waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'the settings of a client, through ldm and its greeter', () => {
  const { folder, desktop, start } = useRealLdm();

  it('LDM_KEYBOARD_LAYOUTS: the first is in force at the start, and another by the menu', async () => {
    const layout = (): string | undefined =>
      /layout:\s+(\w+)/.exec(execFileSync('setxkbmap', ['-query'], { env: desktop().env, encoding: 'utf8' }))?.[1];
    const { root } = await start({ LDM_KEYBOARD_LAYOUTS: 'de fr(bepo)' });
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    await waitFor('German', () => button.getDescription() === 'German');
    expect(layout()).toBe('de');
    button.doAction(0);
    (await find(root, 'check menu item', 'French (BEPO)')).doAction(0);
    await waitFor('French', () => button.getDescription() === 'French (BEPO)');
    expect(layout()).toBe('fr');
    execFileSync('setxkbmap', ['us'], { env: desktop().env });
  });

  it('LDM_SCREEN_READER: the program is started from the menu, and shown as ended when it has ended', async () => {
    const trace = join(folder, 'reader-was-here');
    const { root } = await start({ LDM_SCREEN_READER: `touch ${trace}` });
    await press(desktop(), 'alt+a');
    (await find(root, 'check menu item', 'Screen Reader')).doAction(0);
    await waitFor('the program', () => existsSync(trace));
  });

  it('LDM_THEME: one that is not there is logged, and the usual looks come in its place', async () => {
    const one = await start({ LDM_THEME: '/no/such/theme' });
    await waitFor('the log', () => one.log.includes('/no/such/theme'));
    expect(one.log).toContain('greeter-trouble');
  });
});
