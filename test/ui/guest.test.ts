import { expect, it } from 'vitest';
import { becomes, find, look, textOf } from './support/accessibility.js';
import { askUser } from './support/greeter.js';
import { press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

onStage('guest and automatic login', (stage) => {
  const countdown = (seconds: number): string =>
    `Automatic login in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}. Press any key to stop it.`;

  it('shows the button for guests only where it is offered, and tells when it is pressed', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: askUser, guestButton: true });
    (await find(root, 'push button', 'Log In as Guest')).doAction(0);
    expect(await greeter.next('guest-login')).toEqual({ type: 'guest-login' });
    greeter.show({ question: askUser });
    await waitFor('the button to go', () => look(root, 'push button', 'Log In as Guest') === undefined);
  });

  it('shows each second of the countdown', async () => {
    const { greeter, root } = stage;
    for (const seconds of [3, 2, 1]) {
      greeter.show({ question: askUser, countdown: seconds, cancellable: true });
      await find(root, 'label', countdown(seconds));
    }
    greeter.show({ question: askUser });
    await waitFor('the countdown to go', () => look(root, 'label', countdown(1)) === undefined);
  });

  it('tells once that a key was pressed, and the key is still typed', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, countdown: 9, cancellable: true });
    await find(root, 'label', countdown(9));
    const entry = await find(root, 'text', 'Username');
    await becomes(entry, 'FOCUSED');
    await type(desktop, 'ann');
    await greeter.next('user-active');
    await waitFor('the letters', () => textOf(entry) === 'ann');
    expect(greeter.said()).toEqual([]);
  });

  it('tells it of the menu too', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, countdown: 9, cancellable: true });
    await find(root, 'label', countdown(9));
    (await find(root, 'toggle button', 'Preferences')).doAction(0);
    await greeter.next('user-active');
    await press(desktop, 'Escape');
  });

  it('says nothing of keys while nothing counts down', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await becomes(await find(root, 'text', 'Username'), 'FOCUSED');
    await type(desktop, 'ann\n');
    expect((await greeter.next('answer')).text).toBe('ann');
    expect(greeter.said()).toEqual([]);
  });
});
