import { expect, it } from 'vitest';
import { becomes, find, has, isSensitive, look, placeOf, textOf } from './support/accessibility.js';
import { askPassword, askUser } from './support/greeter.js';
import { click, press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { pause, settled, waitFor } from './support/wait.js';

const entry = 'text';
const hiddenEntry = 'password text';

onStage('the login window', (stage) => {
  it('covers the whole screen and has the keyboard from the start', async () => {
    const { desktop, greeter, root } = stage;
    expect(placeOf(await find(root, 'frame', 'Login'))).toEqual({ x: 0, y: 0, width: 800, height: 600 });
    greeter.show({ question: askUser });
    await becomes(await find(root, entry, 'Username'), 'FOCUSED');
    await type(desktop, 'dora\n');
    expect(await greeter.next('answer')).toEqual({ type: 'answer', question: 1, text: 'dora' });
  });

  it('asks the prompt that it is given, under its own name', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: { id: 9, label: 'Token <code> & PIN:', hidden: false, initial: '' } });
    await find(root, entry, 'Token <code> & PIN:');
    await find(root, 'label', 'Token <code> & PIN:');
  });

  it('shows a password as dots only', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askPassword });
    const password = await find(root, hiddenEntry, 'Password');
    await type(desktop, 'topsecret');
    await waitFor('nine dots', () => textOf(password).length === 9);
    expect(textOf(password)).not.toMatch(/[a-z]/);
  });

  it('puts the kept user name into the entry with the cursor behind it', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: { ...askUser, initial: 'dora' } });
    const user = await find(root, entry, 'Username');
    await waitFor('the name', () => textOf(user) === 'dora');
    await type(desktop, '2\n');
    expect((await greeter.next('answer')).text).toBe('dora2');
  });

  it('leaves what was typed alone when the same question is shown again', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    const user = await find(root, entry, 'Username');
    await type(desktop, 'do');
    greeter.show({ question: { ...askUser, initial: 'other' }, status: [{ kind: 'info', text: 'news' }] });
    await find(root, 'text', 'Status');
    await type(desktop, 'ra');
    await waitFor('the name', () => textOf(user) === 'dora');
  });

  it('keeps for the password what was typed before it was asked, unreadable at all times', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, entry, 'Username');
    await type(desktop, 'dora\nsec');
    const ahead = await find(root, hiddenEntry, 'Username');
    await waitFor('three dots', () => textOf(ahead).length === 3);
    expect(textOf(ahead)).not.toContain('s');
    greeter.show({ question: askPassword });
    await find(root, hiddenEntry, 'Password');
    await type(desktop, 'ret\n');
    expect((await greeter.next('answer')).text).toBe('dora');
    expect(await greeter.next('answer')).toEqual({ type: 'answer', question: 2, text: 'secret' });
  });

  it('takes user name, password and both Enters typed in one go', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, entry, 'Username');
    await type(desktop, 'dora\nsecret\n');
    await greeter.next('answer');
    greeter.show({ question: askPassword });
    expect(await greeter.next('answer')).toEqual({ type: 'answer', question: 2, text: 'secret' });
  });

  it('throws away what was typed ahead when the next question would show it', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, entry, 'Username');
    await type(desktop, 'dora\nsecret');
    await waitFor('six dots', () => textOf(look(root, hiddenEntry) ?? root).length === 6);
    greeter.show({ question: { id: 3, label: 'City', hidden: false, initial: '' } });
    expect(textOf(await find(root, entry, 'City'))).toBe('');
  });

  it('gives the password again after a failure: empty and with the keyboard', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askPassword });
    await find(root, hiddenEntry, 'Password');
    await type(desktop, 'wrong\n');
    await greeter.next('answer');
    greeter.show({ waiting: 'Signing in' });
    await becomes(await find(root, hiddenEntry, 'Password'), 'SENSITIVE', 'no');
    await type(desktop, 'lost');
    // The keys are on their way through the X server; what comes after the question would belong to it.
    await pause(2_000);
    greeter.show({ question: { ...askPassword, id: 3 }, status: [{ kind: 'error', text: 'Wrong password' }] });
    const password = await find(root, hiddenEntry, 'Password');
    await becomes(password, 'FOCUSED');
    expect(textOf(password)).toBe('');
    await type(desktop, 'right\n');
    expect(await greeter.next('answer')).toEqual({ type: 'answer', question: 3, text: 'right' });
  });

  it('moves on with Tab and answers with the button', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, entry, 'Username');
    await type(desktop, 'dora');
    await press(desktop, 'Tab');
    await becomes(await find(root, 'push button', 'Log In'), 'FOCUSED');
    expect(greeter.said()).toEqual([]);
    await press(desktop, 'space');
    expect((await greeter.next('answer')).text).toBe('dora');
  });

  it('shows what it waits for, and cancels by button and by Escape', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ waiting: 'Connecting to app1', cancellable: true });
    const cancel = await find(root, 'push button', 'Cancel');
    await find(root, 'label', 'Connecting to app1');
    expect(look(root, 'animation')).toBeDefined();
    expect(isSensitive(await find(root, 'push button', 'Log In'))).toBe(false);
    await click(desktop, placeOf(cancel));
    await greeter.next('cancel');
    await press(desktop, 'Escape');
    await greeter.next('cancel');
  });

  it('offers no Cancel, nor Escape, where nothing can be cancelled', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    const user = await find(root, entry, 'Username');
    expect(look(root, 'push button', 'Cancel')).toBeUndefined();
    await press(desktop, 'Escape');
    await pause(150);
    expect(greeter.said()).toEqual([]);
    expect(has(user, 'FOCUSED')).toBe(true);
  });

  it('cancels a question of the server with Escape', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askPassword, cancellable: true });
    await find(root, 'push button', 'Cancel');
    await type(desktop, 'half');
    await press(desktop, 'Escape');
    await greeter.next('cancel');
    expect(greeter.said()).toEqual([]);
  });

  it('moves nothing when a status, a wait or a server by hand comes or goes', async () => {
    const { greeter, root } = stage;
    const places = (): unknown[] =>
      ['Username', 'Log In', 'Status', 'Preferences', 'client7'].map((name) => {
        const one = ['text', 'push button', 'toggle button', 'label'].flatMap((role) => look(root, role, name) ?? []);
        return one.map((each) => placeOf(each));
      });
    greeter.show({ question: askUser });
    await find(root, entry, 'Username');
    const before = await settled(places);
    expect(before.flat()).toHaveLength(6);
    greeter.show({
      question: askUser,
      waiting: 'Waiting for something that takes long and has a long, long description in two lines',
      cancellable: true,
      chosenServer: 'app1.example.org',
      status: Array.from({ length: 40 }, (_, i) => ({
        kind: 'error',
        text: `line ${i} of many, ${'long '.repeat(20)}`,
      })),
    });
    await find(root, 'push button', 'Cancel');
    await pause(200);
    expect(places()).toEqual(before);
  });

  it('shows client, time, and the server that was chosen by hand', async () => {
    const { greeter, root } = stage;
    greeter.show({ question: askUser, chosenServer: 'app2' });
    await find(root, 'label', 'app2');
    await find(root, 'label', 'client7');
    await find(root, 'label', '(192.168.67.21)');
    const time = (): string => new Date().toTimeString().slice(0, 5);
    await waitFor('the time', () => look(root, 'label', time()));
    greeter.show({ question: askUser, chosenServer: null });
    await waitFor('the server to go', () => look(root, 'label', 'app2') === undefined);
  });
});
