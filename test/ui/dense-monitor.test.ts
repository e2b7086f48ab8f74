import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { becomes, find, placeOf, textOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { askUser, Greeter, screenshots } from './support/greeter.js';
import { screenshot, type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'a HiDPI monitor', () => {
  let desktop: Desktop;
  let greeter: Greeter | undefined;
  beforeAll(async () => {
    desktop = await startDesktop({ width: 1920, height: 1280 });
  });
  afterAll(async () => {
    await greeter?.stop();
    await desktop?.stop();
  });

  it('has everything drawn twice as large', async () => {
    // RandR 1.5 tells of another size in mm for the one screen of the virtual X server.
    execFileSync('xrandr', ['--setmonitor', 'hidpi', '1920/243x1280/162+0+0', 'screen'], { env: desktop.env });
    greeter = await Greeter.start(desktop);
    greeter.show({ question: askUser });
    const { root } = greeter;
    // Half as many of GTK's pixels fill the screen.
    expect(placeOf(await find(root, 'frame', 'Login'))).toMatchObject({ width: 960 });
  });

  it('is followed by one that is not, and back, with what was typed and the keyboard', async () => {
    const root = greeter?.root ?? expect.fail('no greeter');
    const login = await find(root, 'frame', 'Login');
    const entry = await find(root, 'text', 'Username');
    await becomes(entry, 'FOCUSED');
    await type(desktop, 'do');
    const setMonitor = (mm: string) => {
      execFileSync('xrandr', ['--delmonitor', 'hidpi'], { env: desktop.env });
      execFileSync('xrandr', ['--setmonitor', 'hidpi', mm, 'screen'], { env: desktop.env });
      // RandR tells of monitors that were set by hand to nobody; of a change of the screen it does.
      execFileSync('xrandr', ['--fbmm', '500x300'], { env: desktop.env });
      execFileSync('xrandr', ['--fbmm', '510x300'], { env: desktop.env });
    };
    setMonitor('1920/531x1280/354+0+0');
    await waitFor('the usual size', () => placeOf(login).width === 1920);
    await type(desktop, 'ra');
    await waitFor('the name', () => textOf(entry) === 'dora');
    const bar = await find(root, 'toggle button', 'Preferences');
    expect(placeOf(bar).y + placeOf(bar).height).toBeLessThanOrEqual(1280);
    await screenshot(desktop, `${screenshots}/dense-monitor-left.png`);
    setMonitor('1920/243x1280/162+0+0');
    await waitFor('twice the size', () => placeOf(login).width === 960);
    await type(desktop, '\n');
    expect((await greeter?.next('answer'))?.text).toBe('dora');
    await screenshot(desktop, `${screenshots}/dense-monitor.png`);
  });
});
