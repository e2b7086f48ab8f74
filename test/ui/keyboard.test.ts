import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { Keyboard, keyboardDependencies } from '../../src/greeter/client/keyboard.js';
import { readDisplay } from '../../src/session/x11/display.js';
import { keyboardGroup } from '../../src/session/x11/keyboard.js';
import { createLog } from '../../src/shared/log/log.js';
import { becomes, find, has, look, placeOf, textOf } from './support/accessibility.js';
import { askPassword, askUser } from './support/greeter.js';
import { click, press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { pause, waitFor } from './support/wait.js';

const layouts = [
  { id: 'us', name: 'English (US)' },
  { id: 'de(nodeadkeys)', name: 'German (no dead keys)' },
];

onStage('the keyboard', (stage) => {
  it('shows the layout in force, and sends a layout that is picked with the keyboard only', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    greeter.send({ type: 'keyboard', layouts, current: 'us' });
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    const becomesNamed = (name: string) => waitFor(`${name} to be told`, () => button.getDescription() === name);
    await becomesNamed('English (US)');
    await press(desktop, 'alt+k');
    const items = layouts.map(({ name }) => find(root, 'check menu item', name));
    const [us, de] = await Promise.all(items);
    expect([us, de].map((item) => item !== undefined && has(item, 'CHECKED'))).toEqual([true, false]);
    await press(desktop, 'Down', 'Return');
    expect(await greeter.next('choose-keyboard')).toEqual({ type: 'choose-keyboard', layout: 'de(nodeadkeys)' });
    expect(button.getDescription()).toBe('English (US)');
    greeter.send({ type: 'keyboard', layouts, current: 'de(nodeadkeys)' });
    await becomesNamed('German (no dead keys)');
    await pause(100);
    expect(greeter.said()).toEqual([]);
    await becomes(await find(root, 'text', 'Username'), 'FOCUSED');
  });

  it('shows no layout where none is known', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, 'text', 'Username');
    expect(look(root, 'toggle button', 'Keyboard Layout')).toBeUndefined();
  });

  it('is changed for real by setxkbmap, from the next key on', async () => {
    const { desktop, greeter, root } = stage;
    const screen = await readDisplay(desktop.env);
    const group = keyboardGroup(screen.display, screen.cookie);
    const server = new Keyboard(
      { layouts: ['us', 'de'] },
      {
        ...keyboardDependencies(
          group,
          createLog(0, () => {}),
        ),
        run: async (file, args) => execFileSync(file, [...args], { env: desktop.env, encoding: 'utf8' }),
      },
    );
    greeter.show({ question: askUser });
    const user = await find(root, 'text', 'Username');
    // By its place on the keyboard: the letter differs.
    const keyRightOfT = (): unknown => execFileSync('xdotool', ['key', '29'], { env: desktop.env });
    expect((await server.look())?.current).toBe('us');
    keyRightOfT();
    await waitFor('y', () => textOf(user) === 'y');
    expect((await server.choose('de'))?.current).toBe('de');
    await pause(100);
    keyRightOfT();
    await waitFor('z', () => textOf(user) === 'yz');
    expect((await server.choose('us'))?.current).toBe('us');
  });

  it('says in words that Caps Lock is on, and takes it back', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askPassword });
    await find(root, 'password text', 'Password');
    expect(look(root, 'label', 'Caps Lock is on.')).toBeUndefined();
    await press(desktop, 'Caps_Lock');
    await find(root, 'label', 'Caps Lock is on.');
    await press(desktop, 'Caps_Lock');
    await waitFor('the words to go', () => look(root, 'label', 'Caps Lock is on.') === undefined);
  });

  it('shows the password on demand, and hides it again at Enter', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askPassword });
    const password = await find(root, 'password text', 'Password');
    await type(desktop, 'secret');
    await press(desktop, 'Tab', 'space');
    const shown = await find(root, 'text', 'Password');
    expect(textOf(shown)).toBe('secret');
    await press(desktop, 'space');
    await waitFor('dots', () => !textOf(password).includes('s'));
    await click(desktop, placeOf(await find(root, 'toggle button', 'Show Password')));
    await find(root, 'text', 'Password');
    await press(desktop, 'shift+Tab', 'Return');
    expect((await greeter.next('answer')).text).toBe('secret');
    greeter.show({ question: { ...askPassword, id: 5 } });
    await find(root, 'password text', 'Password');
    expect(has(await find(root, 'toggle button', 'Show Password'), 'CHECKED')).toBe(false);
    await type(desktop, 'other');
    expect(textOf(await find(root, 'password text', 'Password'))).not.toContain('o');
  });

  it('hides the password again when another user is asked for', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: askPassword });
    (await find(root, 'toggle button', 'Show Password')).doAction(0);
    await find(root, 'text', 'Password');
    greeter.show({ question: { ...askUser, id: 3 } });
    await find(root, 'text', 'Username');
    expect(look(root, 'toggle button', 'Show Password')).toBeUndefined();
    greeter.show({ question: { ...askPassword, id: 4 } });
    await find(root, 'password text', 'Password');
  });

  it('reaches everything in the window by Tab', async () => {
    const { desktop, greeter, root } = stage;
    greeter.send({ type: 'keyboard', layouts, current: 'us' });
    greeter.show({ question: askPassword, cancellable: true, status: [{ kind: 'info', text: 'news' }] });
    await becomes(await find(root, 'password text', 'Password'), 'FOCUSED');
    for (const [role, name] of [
      ['toggle button', 'Show Password'],
      ['push button', 'Cancel'],
      ['push button', 'Log In'],
      ['text', 'Status'],
      ['toggle button', 'Preferences'],
      ['toggle button', 'Accessibility'],
      ['toggle button', 'Keyboard Layout'],
    ] as const) {
      await press(desktop, 'Tab');
      await becomes(await find(root, role, name), 'FOCUSED');
    }
  });
});
