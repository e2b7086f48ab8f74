import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { becomes, find, findAll, has, type Place, placeOf, textOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { askUser, emptyView, Greeter, screenshots } from './support/greeter.js';
import { press, screenshot, type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { waitFor } from './support/wait.js';
import { type Monitor, missingForXorg, plug, unplug } from './support/xorg.js';

const small: Monitor = { output: 0, size: { width: 800, height: 600 }, at: { x: 0, y: 0 } };
const large: Monitor = { output: 1, size: { width: 1280, height: 1024 }, at: { x: 800, y: 0 } };
const upright: Monitor = { output: 2, size: { width: 768, height: 1024 }, at: { x: 2080, y: 0 } };
const areaOf = ({ at, size }: Monitor): Place => ({ ...at, ...size });

requireOrSkip(missingForWindows ?? missingForXorg, 'the login window on several monitors of a real Xorg', () => {
  let desktop: Desktop;
  let greeter: Greeter;
  beforeAll(async () => {
    desktop = await startDesktop(small.size, 'outputs');
  });
  beforeEach(async () => {
    for (const output of [1, 2]) await unplug(desktop, output);
    await plug(desktop, { ...small, primary: true });
  });
  afterEach(async () => {
    await greeter?.stop();
  });
  afterAll(async () => {
    await desktop?.stop();
  });

  const start = async (): Promise<void> => {
    greeter = await Greeter.start(desktop);
    greeter.show({ question: askUser });
    await becomes(await find(greeter.root, 'text', 'Username'), 'FOCUSED');
  };
  const isOn = (monitor: Monitor): Promise<unknown> =>
    waitFor(`the login on ${JSON.stringify(areaOf(monitor))}`, async () =>
      same(placeOf(await find(greeter.root, 'frame', 'Login')), areaOf(monitor)),
    );
  const covered = (...monitors: readonly Monitor[]): Promise<unknown> =>
    waitFor(`${monitors.length} covered monitors`, () => {
      const backgrounds = findAll(greeter.root, 'frame').filter(
        (one) => one.getName() !== 'Login' && has(one, 'SHOWING'),
      );
      return (
        backgrounds.length === monitors.length &&
        monitors.every((one) => backgrounds.some((cover) => same(placeOf(cover), areaOf(one))))
      );
    });

  it('is on the primary one, and nothing but its background on the others', async () => {
    await plug(desktop, { ...large, primary: true });
    await start();
    await isOn(large);
    await covered(small);
  });

  it('stays where it is when another is plugged in, and what is typed goes on', async () => {
    await start();
    await isOn(small);
    await type(desktop, 'do');
    await plug(desktop, large);
    await plug(desktop, upright);
    await covered(large, upright);
    await isOn(small);
    await type(desktop, 'ra');
    const user = await find(greeter.root, 'text', 'Username');
    await waitFor('the name', () => textOf(user) === 'dora');
    await unplug(desktop, 2);
    await covered(large);
  });

  it('moves to one that is left when its own is taken away, with what was typed and the keyboard', async () => {
    await plug(desktop, large);
    await start();
    await isOn(small);
    await type(desktop, 'do');
    await unplug(desktop, 0);
    await isOn({ ...large, at: { x: 0, y: 0 } });
    await covered();
    await type(desktop, 'ra\n');
    expect((await greeter.next('answer')).text).toBe('dora');
  });

  it('has all that is to be read and used on each of two that show the same at sizes of their own', async () => {
    const wide: Monitor = { output: 1, size: { width: 1280, height: 720 }, at: { x: 0, y: 0 }, primary: true };
    const high: Monitor = { output: 2, size: { width: 1024, height: 768 }, at: { x: 0, y: 0 } };
    await unplug(desktop, 0);
    await plug(desktop, wide);
    await plug(desktop, high);
    await start();
    greeter.show({ question: askUser, cancellable: true, waiting: 'Connecting to app1...' });
    await isOn({ ...wide, size: { width: 1280, height: 768 } });
    await covered();
    const shared = { width: 1024, height: 720 };
    const parts = [
      ['text', 'Username'],
      ['push button', 'Log In'],
      ['push button', 'Cancel'],
      ['toggle button', 'Preferences'],
      ['toggle button', 'Accessibility'],
      ['label', 'Connecting to app1...'],
      ['label', emptyView.client.name],
    ] as const;
    const isShared = ({ x, y, width, height }: Place): boolean =>
      x >= 0 && y >= 0 && x + width <= shared.width && y + height <= shared.height;
    for (const [role, name] of parts) {
      const part = await find(greeter.root, role, name);
      await waitFor(`${name} on both`, () => isShared(placeOf(part)));
    }
    await screenshot(desktop, `${screenshots}/mirrored-monitors.png`);
    await unplug(desktop, 2);
    await isOn(wide);
    const entry = await find(greeter.root, 'text', 'Username');
    const middle = (): number => placeOf(entry).x + placeOf(entry).width / 2;
    await waitFor('the middle of what is left', () => Math.abs(middle() - wide.size.width / 2) <= 2);
  });

  it('takes an open dialog along, in the middle', async () => {
    await plug(desktop, { ...upright, output: 1, at: { x: 800, y: 0 } });
    await start();
    (await find(greeter.root, 'toggle button', 'Preferences')).doAction(0);
    (await find(greeter.root, 'menu item', 'Select Server...')).doAction(0);
    const dialog = await find(greeter.root, 'dialog', 'Select Server');
    const middle = (): number => placeOf(dialog).x + placeOf(dialog).width / 2;
    await waitFor('the middle of the first', () => Math.abs(middle() - 400) <= 1);
    await unplug(desktop, 0);
    await waitFor('the middle of the second', () => Math.abs(middle() - 384) <= 1);
    await press(desktop, 'Escape');
    await becomes(await find(greeter.root, 'text', 'Username'), 'FOCUSED');
  });
});

function same(a: Place, b: Place): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
