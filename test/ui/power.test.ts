import { expect, it } from 'vitest';
import { becomes, find, has, look } from './support/accessibility.js';
import { askUser } from './support/greeter.js';
import { press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

const actions = [
  { item: 'Restart...', question: 'Restart this computer?', button: 'Restart', action: 'restart' },
  { item: 'Shut Down...', question: 'Shut down this computer?', button: 'Shut Down', action: 'shut-down' },
] as const;

onStage('restart and shut down', (stage) => {
  it.each(actions)('$button asks first and acts when it is confirmed', async ({ item, question, button, action }) => {
    const { greeter, root } = stage;
    greeter.show({ question: askUser });
    await chooseItem(item);
    await find(root, 'dialog', question);
    expect(greeter.said()).toEqual([]);
    (await find(root, 'push button', button)).doAction(0);
    expect(await greeter.next('power')).toEqual({ type: 'power', action });
  });

  it.each(actions)('$button does nothing on Enter, Escape and Cancel, and gives the keyboard back', async (one) => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    const user = await find(root, 'text', 'Username');
    for (const key of ['Return', 'Escape', 'alt+c']) {
      await chooseItem(one.item);
      await find(root, 'dialog', one.question);
      // The dialog's Cancel has the keyboard from the start.
      await waitFor('Cancel to have the focus', () => focusedCancel());
      await press(desktop, key);
      await waitFor('the dialog to go', () => look(root, 'dialog') === undefined);
      await becomes(user, 'FOCUSED');
    }
    await type(desktop, 'x\n');
    expect((await greeter.next('answer')).text).toBe('x');
    expect(greeter.said()).toEqual([]);
  });

  async function chooseItem(item: string): Promise<void> {
    await press(stage.desktop, 'alt+p');
    (await find(stage.root, 'menu item', item)).doAction(0);
  }

  function focusedCancel(): boolean {
    const cancel = look(stage.root, 'push button', 'Cancel');
    return cancel !== undefined && has(cancel, 'FOCUSED');
  }
});
