import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, placeOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { Greeter } from './support/greeter.js';
import { missingForWindows } from './support/missing.js';

requireOrSkip(missingForWindows, 'a dense monitor', () => {
  let desktop: Desktop;
  let greeter: Greeter | undefined;
  beforeAll(async () => {
    desktop = await startDesktop({ width: 1200, height: 600 });
  });
  afterAll(async () => {
    await greeter?.stop();
    await desktop?.stop();
  });

  it('has everything drawn twice as large', async () => {
    // RandR 1.5 tells of another size in mm for the one screen of the virtual X server.
    execFileSync('xrandr', ['--setmonitor', 'dense', '1200/152x600/100+0+0', 'screen'], { env: desktop.env });
    greeter = await Greeter.start(desktop);
    const { root } = greeter;
    // Half as many of GTK's pixels fill the screen.
    expect(placeOf(await find(root, 'frame', 'Login'))).toMatchObject({ width: 600 });
  });
});
