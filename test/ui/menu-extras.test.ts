import { expect, it } from 'vitest';
import { find, look } from './support/accessibility.js';
import { askUser } from './support/greeter.js';
import { press } from './support/hands.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

onStage('what the administrator makes of the menu and the clock', (stage) => {
  it('shows the entries of the administrator, with their letters, and tells which was picked', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, menuEntries: ['Call for _Help', 'Printers & more <b>'] });
    await find(root, 'text', 'Username');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Printers & more <b>');
    (await find(root, 'menu item', 'Call for Help')).doAction(0);
    expect(await greeter.next('menu')).toEqual({ type: 'menu', entry: 0 });
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Call for Help');
    await press(desktop, 'h');
    expect(await greeter.next('menu')).toEqual({ type: 'menu', entry: 0 });
  });

  it('has no restart and no shut-down where they are forbidden', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, permitted: { session: true, language: true, power: false } });
    await find(root, 'text', 'Username');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Select Server...');
    expect(look(root, 'menu item', 'Restart...')).toBeUndefined();
    expect(look(root, 'menu item', 'Shut Down...')).toBeUndefined();
    await press(desktop, 'Escape');
  });

  it('writes date and time as the administrator wants them, to the second where those are shown', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: askUser, clock: 'It is %Y, %H:%M:%S & <b>' });
    const shown = (): string | undefined => {
      const now = new Date();
      const words = (at: Date): string => `It is ${at.getFullYear()}, ${at.toTimeString().slice(0, 8)} & <b>`;
      return [now, new Date(now.getTime() - 1_000)].map(words).find((text) => look(root, 'label', text));
    };
    const first = await waitFor('the clock', shown);
    await waitFor('the next second', () => {
      const next = shown();
      return next !== undefined && next !== first;
    });
    greeter.show({ question: askUser, clock: null });
    await waitFor('the usual clock', () => look(root, 'label', new Date().toTimeString().slice(0, 5)));
  });
});
