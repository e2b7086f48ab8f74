import { expect, it } from 'vitest';
import type { Option, OptionKind } from '../../src/protocol/greeter-messages.js';
import { type Accessible, becomes, find, look, placeOf, rowsOf, textOf } from './support/accessibility.js';
import { closeWindow } from './support/close-window.js';
import { askUser } from './support/greeter.js';
import { click, press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { pause, waitFor } from './support/wait.js';

const row = (label: string, note = ''): Option => ({ key: `key of ${label}`, label, note });
const sessions = [row('Default', 'last'), row('Failsafe xterm'), row('GNOME'), row('<b>MATE</b> & co'), row('Xfce')];
const languages = [
  row('Default', 'last'),
  row('Deutsch (Deutschland)', 'de_DE.UTF-8'),
  row('العربية (مصر)', 'ar_EG.UTF-8'),
];

onStage('the session and language dialog', (stage) => {
  it.each([
    { kind: 'session', item: 'Select Session...', key: 'e', title: 'Select Session', list: 'Sessions' },
    { kind: 'language', item: 'Select Language...', key: 'l', title: 'Select Language', list: 'Languages' },
  ] as const)('opens for the $kind by its mnemonic, asks for the rows and shows them as text', async (one) => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, 'text', 'Username');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', one.item);
    await press(desktop, one.key);
    const dialog = await find(root, 'dialog', one.title);
    expect(await greeter.next('request-options')).toEqual({ type: 'request-options', kind: one.kind });
    const rows = one.kind === 'session' ? sessions : languages;
    send(one.kind, 'Default', rows);
    await waitFor('the rows', async () => (await table(one.list)).getNRows() === rows.length);
    expect(rowsOf(await table(one.list))).toEqual(rows.map(({ label, note }) => [label, note]));
    await becomes(dialog, 'ACTIVE');
    await becomes(await table(one.list), 'FOCUSED');
  });

  it('begins at the choice in force, and takes another by keyboard alone', async () => {
    const { desktop, greeter, root } = stage;
    await open('session', 'GNOME', sessions);
    await isSelected(2);
    await press(desktop, 'Down', 'Return');
    expect(await greeter.next('choose-session')).toEqual({ type: 'choose-session', key: 'key of <b>MATE</b> & co' });
    await waitFor('the dialog to go', isClosed);
    await becomes(await find(root, 'text', 'Username'), 'FOCUSED');
    await type(desktop, 'dora\n');
    expect((await greeter.next('answer')).text).toBe('dora');
  });

  it('finds a row by typing its name', async () => {
    const { desktop, greeter } = stage;
    await open('session', 'Default', sessions);
    await type(desktop, 'xf');
    await isSelected(4);
    await press(desktop, 'Return');
    await pause(100);
    // The first Return ends the search on some versions of GTK.
    if (!isClosed()) await press(desktop, 'Return');
    expect((await greeter.next('choose-session')).key).toBe('key of Xfce');
  });

  it('takes a row by double click, and by OK', async () => {
    const { desktop, greeter } = stage;
    await open('language', 'Default', languages);
    await click(desktop, placeOf((await table('Languages')).getAccessibleAt(1, 0)), 'twice');
    expect((await greeter.next('choose-language')).key).toBe('key of Deutsch (Deutschland)');
    await waitFor('the dialog to go', isClosed);
    await open('language', 'Deutsch (Deutschland)', languages);
    await isSelected(1, 'Languages');
    await press(desktop, 'Down', 'alt+o');
    expect((await greeter.next('choose-language')).key).toBe('key of العربية (مصر)');
  });

  it.each(['Cancel', 'Escape', 'close'])('changes nothing on %s', async (way) => {
    const { desktop, greeter, root } = stage;
    const dialog = await open('session', 'Default', sessions);
    await press(desktop, 'Down', 'Down');
    await isSelected(2);
    if (way === 'Cancel') (await find(dialog, 'push button', 'Cancel')).doAction(0);
    else if (way === 'Escape') await press(desktop, 'Escape');
    else await closeWindow(desktop, 'Select Session');
    await waitFor('the dialog to go', isClosed);
    expect(greeter.said()).toEqual([]);
    await becomes(await find(root, 'text', 'Username'), 'FOCUSED');
    await open('session', 'Default', sessions);
    await isSelected(0);
  });

  it('keeps what the user has selected while more servers tell of theirs', async () => {
    const { desktop, greeter } = stage;
    await open('session', 'Default', sessions.slice(0, 3));
    await press(desktop, 'End');
    await isSelected(2);
    send('session', 'Default', [...sessions.slice(0, 2), row('Budgie'), ...sessions.slice(2)]);
    await waitFor('the new row', async () => (await table()).getNRows() === 6);
    await isSelected(3);
    await press(desktop, 'Return');
    expect((await greeter.next('choose-session')).key).toBe('key of GNOME');
  });

  it('shows the choice in force that came with the answer, not that of the last opening', async () => {
    await open('session', 'Xfce', sessions);
    await isSelected(4);
    await press(stage.desktop, 'Escape');
    await waitFor('the dialog to go', isClosed);
    await open('session', 'Default', sessions);
    await isSelected(0);
  });

  it('scrolls to the choice in a long list', async () => {
    const many = Array.from({ length: 300 }, (_, i) => row(`Language ${i}`));
    await open('language', 'Language 250', many);
    await isSelected(250, 'Languages');
    const dialog = placeOf(await find(stage.root, 'dialog'));
    await waitFor('it to be seen', async () => {
      const place = placeOf((await table('Languages')).getAccessibleAt(250, 0));
      return place.y > dialog.y && place.y + place.height < dialog.y + dialog.height;
    });
  });

  it('is not in the menu where the administrator has chosen', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, permitted: { session: false, language: false, power: true } });
    await find(root, 'text', 'Username');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Select Server...');
    expect(look(root, 'menu item', 'Select Session...')).toBeUndefined();
    expect(look(root, 'menu item', 'Select Language...')).toBeUndefined();
  });

  it('leaves what was chosen on the login window, and nothing for the default', async () => {
    const { greeter, root } = stage;
    greeter.show({
      question: askUser,
      chosenServer: 'app1',
      chosenSession: '<i>MATE</i>',
      chosenLanguage: 'Deutsch (Deutschland)',
    });
    for (const name of ['Server:', 'app1', 'Session:', '<i>MATE</i>', 'Language:', 'Deutsch (Deutschland)']) {
      await find(root, 'label', name);
    }
    greeter.show({ question: askUser });
    await waitFor('the choices to go', () => look(root, 'label', 'Session:') === undefined);
    expect(look(root, 'label', 'Language:')).toBeUndefined();
    expect(textOf(await find(root, 'text', 'Username'))).toBe('');
  });

  function send(kind: OptionKind, chosen: string, rows: readonly Option[]): void {
    stage.greeter.send({ type: 'options', kind, chosen: `key of ${chosen}`, rows: [...rows] });
  }

  async function open(kind: OptionKind, chosen: string, rows: readonly Option[]): Promise<Accessible> {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser });
    await find(root, 'text', 'Username');
    await press(desktop, 'alt+p');
    await find(root, 'menu item', 'Select Server...');
    await press(desktop, kind === 'session' ? 'e' : 'l');
    const dialog = await find(root, 'dialog', kind === 'session' ? 'Select Session' : 'Select Language');
    await greeter.next('request-options');
    send(kind, chosen, rows);
    await becomes(dialog, 'ACTIVE');
    const name = kind === 'session' ? 'Sessions' : 'Languages';
    await waitFor('the rows', async () => (await table(name)).getNRows() === rows.length);
    return dialog;
  }

  function table(name = 'Sessions'): Promise<Accessible> {
    return find(stage.root, 'table', name);
  }

  async function isSelected(index: number, name = 'Sessions'): Promise<void> {
    await waitFor(`row ${index} to be selected`, async () => (await table(name)).isRowSelected(index));
  }

  function isClosed(): boolean {
    return look(stage.root, 'dialog') === undefined;
  }
});
