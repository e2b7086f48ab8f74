import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultLooks, type Looks } from '../../src/protocol/greeter-messages.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Accessible, becomes, find, has, look, placeOf, roleOf, textOf, walk } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { askPassword, askUser, Greeter, screenshots, serverRow } from './support/greeter.js';
import { press, screenshot, type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { pause, waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'the looks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-theme-'));
  let desktop: Desktop;
  let greeter: Greeter | undefined;
  beforeAll(async () => {
    desktop = await startDesktop({ width: 3840, height: 2160 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await greeter?.stop();
    await desktop?.stop();
  });

  async function start(looks: Partial<Looks> = {}): Promise<Greeter> {
    await greeter?.stop();
    greeter = await Greeter.start(desktop, { ...defaultLooks, ...looks });
    greeter.show({ question: askUser });
    await becomes(await find(greeter.root, 'text', 'Username'), 'FOCUSED');
    return greeter;
  }

  /** Opens the menu Accessibility with the keyboard. An item that is taken closes it. */
  async function itemOf(root: Accessible, name: string): Promise<Accessible> {
    await waitFor('the menu to be closed', () => look(root, 'check menu item') === undefined);
    await press(desktop, 'alt+a');
    return find(root, 'check menu item', name);
  }

  const small = { width: 640, height: 480 };
  const usual = { width: 800, height: 600 };
  const large = { width: 1920, height: 1080 };
  const upright = { width: 1080, height: 1920 };
  const huge = { width: 2560, height: 1440 };
  const giant = { width: 3840, height: 2160 };

  it.each([
    ...[small, usual, upright, large, huge, giant].map((size) => ({ name: 'today', looks: {}, ...size })),
    ...[small, usual, large].map((size) => ({ name: 'classic', looks: { theme: 'classic' }, ...size })),
    ...[small, large].map((size) => ({ name: 'contrast', looks: { contrast: 'high' } as const, ...size })),
    ...[small, usual, giant].map((size) => ({ name: 'larger', looks: { textSize: 'larger' } as const, ...size })),
  ])(
    '$name fits into $width x $height, with all that can stand in the window at once',
    async ({ name, looks, ...size }) => {
      await desktop.resize(size);
      // GTK's pixels have two dots there.
      const scale = size.height === giant.height ? 2 : 1;
      const [width, height] = [size.width / scale, size.height / scale];
      const { root, ...shown } = await start(looks).then((one) => ({ root: one.root, greeter: one }));
      shown.greeter.send({ type: 'keyboard', layouts: [{ id: 'us', name: 'English (US)' }], current: 'us' });
      shown.greeter.show({
        question: askPassword,
        cancellable: true,
        chosenServer: 'app1.example.org',
        waiting: 'Waiting for the server app1.example.org, which takes its time to answer...',
        status: [{ kind: 'error', text: 'app3.example.org: did not answer in time.' }],
      });
      await find(root, 'password text', 'Password');
      await type(desktop, 'secret');
      const screen = { x: 0, y: 0, width, height };
      expect(placeOf(await find(root, 'frame', 'Login'))).toEqual(screen);
      await find(root, 'toggle button', 'Keyboard Layout');
      // One walk for all: each takes hundreds of calls over the bus.
      const parts = [...walk(root)].filter((part) => has(part, 'SHOWING'));
      for (const [role, title] of [
        ['password text', 'Password'],
        ['toggle button', 'Show Password'],
        ['push button', 'Log In'],
        ['push button', 'Cancel'],
        ['toggle button', 'Preferences'],
        ['toggle button', 'Accessibility'],
        ['toggle button', 'Keyboard Layout'],
        ['label', 'client7'],
      ] as const) {
        const part = parts.find((one) => roleOf(one) === role && one.getName() === title);
        if (part === undefined) throw new Error(`no ${role} ${title}`);
        const place = placeOf(part);
        const isInside =
          place.x >= 0 && place.y >= 0 && place.x + place.width <= width && place.y + place.height <= height;
        expect(isInside, `${title} at ${JSON.stringify(place)}`).toBe(true);
      }
      // Neither an island on a large screen nor wider than the screen.
      const entry = parts.find((one) => roleOf(one) === 'password text');
      const share = entry === undefined ? 0 : placeOf(entry).width / Math.min(width, (height * 16) / 9);
      expect(share).toBeGreaterThan(0.2);
      await pause(150);
      await screenshot(desktop, join(screenshots, `theme-${name}-${size.width}x${size.height}.png`));
      shown.greeter.send({
        type: 'servers',
        choice: { mode: 'server', name: 'app1' },
        asking: false,
        rows: [serverRow('app1'), serverRow('app2', { usable: false, rating: null, state: 'down: no answer in time' })],
      });
      await press(desktop, 'alt+p');
      await find(root, 'menu item', 'Select Server...');
      await press(desktop, 's');
      const dialog = placeOf(await find(root, 'dialog', 'Select Server'));
      expect(dialog.x >= 0 && dialog.y >= 0 && dialog.x + dialog.width <= width).toBe(true);
      await pause(150);
      await screenshot(desktop, join(screenshots, `theme-${name}-servers-${size.width}x${size.height}.png`));
    },
    180_000,
  );

  it('come from a folder of the administrator, which may hold no more than a logo', async () => {
    const own = join(folder, 'with "quotes" and blanks');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect((await start({ theme: own })).said()).toEqual([]);
  });

  it.each([
    { what: 'a theme that is not there', sheet: undefined },
    { what: 'a sheet that GTK does not understand', sheet: 'window { color: }}} blue' },
  ])('fall back to the usual ones for $what, and say so for the log', async ({ sheet }) => {
    const broken = join(folder, `broken-${sheet === undefined}`);
    if (sheet !== undefined) {
      mkdirSync(broken, { recursive: true });
      writeFileSync(join(broken, 'style.css'), sheet);
    }
    const said = (await start({ theme: broken })).said();
    expect(said).toEqual([{ type: 'warning', text: expect.stringContaining(broken) }]);
  });

  it('are changed in the menu Accessibility, at once and back again', async () => {
    const { root } = await start();
    const before = placeOf(await find(root, 'push button', 'Log In'));
    const width = async (): Promise<number> => placeOf(await find(root, 'push button', 'Log In')).width;
    (await itemOf(root, 'Larger Text')).doAction(0);
    await waitFor('larger letters', async () => (await width()) > before.width);
    const item = await itemOf(root, 'Larger Text');
    expect(has(item, 'CHECKED')).toBe(true);
    item.doAction(0);
    (await itemOf(root, 'High Contrast')).doAction(0);
    await waitFor('the usual letters', async () => (await width()) === before.width);
    await becomes(await find(root, 'text', 'Username'), 'FOCUSED');
  });

  it('offer the aids that this client has, and tell ldm which to start', async () => {
    const one = await start();
    const { root } = one;
    await itemOf(root, 'High Contrast');
    expect(look(root, 'check menu item', 'Screen Reader')).toBeUndefined();
    one.send({ type: 'aids', aids: [{ aid: 'screen-reader', running: false }] });
    (await find(root, 'check menu item', 'Screen Reader')).doAction(0);
    expect(await one.next('aid')).toEqual({ type: 'aid', aid: 'screen-reader', wanted: 'running' });
    one.send({ type: 'aids', aids: [{ aid: 'screen-reader', running: true }] });
    await becomes(await itemOf(root, 'Screen Reader'), 'CHECKED');
    expect(one.said()).toEqual([]);
  });

  it('turn the screen reader on and off by Super+Alt+S, where there is one', async () => {
    const one = await start();
    await press(desktop, 'super+alt+s');
    await pause(500);
    one.send({ type: 'aids', aids: [{ aid: 'screen-reader', running: false }] });
    await pause(300);
    expect(one.said()).toEqual([]);
    await press(desktop, 'super+alt+s');
    expect(await one.next('aid')).toEqual({ type: 'aid', aid: 'screen-reader', wanted: 'running' });
    one.send({ type: 'aids', aids: [{ aid: 'screen-reader', running: true }] });
    await becomes(await itemOf(one.root, 'Screen Reader'), 'CHECKED');
    await press(desktop, 'Escape', 'super+alt+s');
    expect(await one.next('aid')).toEqual({ type: 'aid', aid: 'screen-reader', wanted: 'stopped' });
    expect(textOf(await find(one.root, 'text', 'Username'))).toBe('');
  });

  it('read out what happens: new lines of the status, and what is waited for', async () => {
    const one = await start();
    one.show({ waiting: 'Connecting to app1...' });
    await find(one.root, 'alert', 'Connecting to app1...');
    one.show({ question: askPassword, status: [{ kind: 'error', text: 'app1 did not accept it.' }] });
    await find(one.root, 'alert', 'app1 did not accept it.');
  });
});
