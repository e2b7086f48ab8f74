import { expect, it } from 'vitest';
import type { ServerChoice, ServerRow } from '../../src/protocol/greeter-messages.js';
import {
  type Accessible,
  becomes,
  find,
  has,
  isSensitive,
  look,
  placeOf,
  rowOf,
  rowsOf,
  textOf,
} from './support/accessibility.js';
import { closeWindow } from './support/close-window.js';
import { askUser, serverRow } from './support/greeter.js';
import { click, press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { pause, settled, waitFor } from './support/wait.js';

const byHand = (name: string): ServerChoice => ({ mode: 'server', name });
const automatically: ServerChoice = { mode: 'automatic' };
const down: Partial<ServerRow> = { usable: false, rating: null, sessions: null, state: 'down: no answer within 2 s' };
const draining: Partial<ServerRow> = { usable: false, rating: 0, state: 'draining: takes no new logins' };
const checking: Partial<ServerRow> = { usable: false, rating: null, sessions: null, state: 'checking' };
const rows = [
  serverRow('app1', { rating: 83 }),
  serverRow('app2', down),
  serverRow('app3', draining),
  serverRow('app4'),
];

onStage('the server dialog', (stage) => {
  it('opens automatic, asks the servers, and shows what they say in words', async () => {
    const { greeter } = stage;
    const dialog = await open(automatically, [
      serverRow('app1', { rating: 83.4, sessions: 12 }),
      serverRow('app2', down),
      serverRow('app3', { rating: null, sessions: null, state: 'up, <b>no</b> info service' }),
    ]);
    await greeter.next('refresh');
    expect(has(await find(dialog, 'check box', 'Automatic'), 'CHECKED')).toBe(true);
    expect(rowsOf(await table())).toEqual([
      ['app1', '83', '12', 'up'],
      ['app2', '', '', 'down: no answer within 2 s'],
      ['app3', '', '', 'up, <b>no</b> info service'],
    ]);
    for (const title of ['Server', 'Rating', 'Sessions', 'State']) await find(stage.root, 'table column header', title);
  });

  it('grays out the whole list while automatic is on, and lets OK say so', async () => {
    const { greeter } = stage;
    await open(byHand('app1'));
    const automatic = await find(stage.root, 'check box', 'Automatic');
    await becomes(await table(), 'SENSITIVE');
    automatic.doAction(0);
    await becomes(await table(), 'SENSITIVE', 'no');
    expect(isSensitive(await ok())).toBe(true);
    (await ok()).doAction(0);
    expect(await greeter.next('choose-server')).toEqual({ type: 'choose-server', choice: automatically });
  });

  it('offers OK by hand only once a usable row is selected', async () => {
    const { greeter } = stage;
    await open(automatically);
    (await find(stage.root, 'check box', 'Automatic')).doAction(0);
    await becomes(await ok(), 'SENSITIVE', 'no');
    (await table()).addRowSelection(3);
    await becomes(await ok(), 'SENSITIVE');
    (await ok()).doAction(0);
    expect(await greeter.next('choose-server')).toEqual({ type: 'choose-server', choice: byHand('app4') });
    await waitFor('the dialog to go', () => look(stage.root, 'dialog') === undefined);
  });

  it('opens with the choice in force', async () => {
    await open(byHand('app4'));
    await waitFor('app4 to be selected', async () => (await table()).isRowSelected(3));
    expect(has(await find(stage.root, 'check box', 'Automatic'), 'CHECKED')).toBe(false);
    expect(isSensitive(await ok())).toBe(true);
  });

  it.each([
    { row: 0, what: 'a server that is down' },
    { row: 1, what: 'a server that takes no logins' },
    { row: 2, what: 'a server that has not answered yet' },
  ])('refuses $what by every route', async ({ row }) => {
    const { desktop, greeter } = stage;
    const cell = async (): Promise<Accessible> => (await table()).getAccessibleAt(row, 0);
    const routes: Record<string, () => Promise<unknown>> = {
      mouse: async () => click(desktop, placeOf(await cell())),
      'double click': async () => click(desktop, placeOf(await cell()), 'twice'),
      Enter: () => press(desktop, 'Tab', 'Home', ...Array.from({ length: row }, () => 'Down'), 'Return'),
      space: () => press(desktop, 'Tab', 'Home', ...Array.from({ length: row }, () => 'Down'), 'space'),
      search: async () => {
        await press(desktop, 'Tab');
        await type(desktop, `app${row}\n`);
      },
      'selection over the accessibility bus': async () => (await table()).addRowSelection(row),
      'actions over the accessibility bus': async () => {
        const one = await cell();
        for (let i = 0; i < one.getNActions(); i++) one.doAction(i);
        (await ok()).doAction(0);
      },
    };
    const shown = [
      serverRow('app0', down),
      serverRow('app1', draining),
      serverRow('app2', checking),
      serverRow('app3'),
    ];
    await open(automatically, shown);
    for (const [route, go] of Object.entries(routes)) {
      (await find(stage.root, 'check box', 'Automatic')).doAction(0);
      await becomes(await table(), 'SENSITIVE');
      await go();
      await pause(150);
      expect((await table()).getNSelectedRows(), route).toBe(0);
      expect(isSensitive(await ok()), route).toBe(false);
      expect(isClosed(), route).toBe(false);
      (await find(await find(stage.root, 'dialog'), 'push button', 'Cancel')).doAction(0);
      await waitFor('the dialog to go', isClosed);
      expect(greeter.said(), route).toEqual([{ type: 'refresh' }]);
      await reopen();
    }
  });

  it('takes a usable row by double click', async () => {
    const { desktop, greeter } = stage;
    await open(byHand('app1'));
    await click(desktop, placeOf((await table()).getAccessibleAt(3, 0)), 'twice');
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('app4'));
  });

  it('takes a usable row by Enter, and finds it by typing its name', async () => {
    const { desktop, greeter } = stage;
    await open(byHand('app1'));
    await becomes(await table(), 'FOCUSED');
    await type(desktop, 'app4');
    await waitFor('app4 to be selected', async () => (await table()).isRowSelected(3));
    await press(desktop, 'Return');
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('app4'));
  });

  it.each(['Cancel', 'Escape', 'close'])('changes nothing on %s', async (way) => {
    const { desktop, greeter } = stage;
    const dialog = await open(automatically);
    (await find(stage.root, 'check box', 'Automatic')).doAction(0);
    (await table()).addRowSelection(3);
    await becomes(await ok(), 'SENSITIVE');
    if (way === 'Cancel') (await find(dialog, 'push button', 'Cancel')).doAction(0);
    else if (way === 'Escape') await press(desktop, 'Escape');
    else await closeWindow(desktop, 'Select Server');
    await waitFor('the dialog to go', isClosed);
    expect(greeter.said().filter(({ type: kind }) => kind !== 'refresh')).toEqual([]);
    await becomes(await find(stage.root, 'text', 'Username'), 'FOCUSED');
    await type(desktop, 'dora\n');
    expect((await greeter.next('answer')).text).toBe('dora');
    await reopen();
    expect(has(await find(stage.root, 'check box', 'Automatic'), 'CHECKED')).toBe(true);
  });

  it('fills in without losing selection and place, and asks again on Refresh', async () => {
    const { greeter } = stage;
    const many = Array.from({ length: 300 }, (_, i) => serverRow(`app${String(i).padStart(3, '0')}`, checking));
    await open(automatically, many);
    (await find(stage.root, 'check box', 'Automatic')).doAction(0);
    await greeter.next('refresh');
    const answered = many.map((row, i) => (i === 150 ? serverRow(row.name, { rating: 50 }) : row));
    send(automatically, answered);
    await waitFor('an answer', async () => rowOf(await table(), 150)[3] === 'up');
    (await table()).addRowSelection(150);
    await becomes(await ok(), 'SENSITIVE');
    (await table()).getAccessibleAt(150, 0).scrollTo(6);
    const place = await settled(async () => placeOf((await table()).getAccessibleAt(150, 0)));
    const all = many.map((row, i) => serverRow(row.name, { rating: i % 100, sessions: i }));
    for (let upTo = 0; upTo <= 300; upTo += 50) {
      send(
        automatically,
        answered.map((row, i) => (i < upTo ? (all[i] ?? row) : row)),
      );
    }
    await waitFor('the last answer', async () => rowOf(await table(), 299)[3] === 'up');
    expect((await table()).getSelectedRows()).toEqual([150]);
    expect(placeOf((await table()).getAccessibleAt(150, 0))).toEqual(place);
    (await find(stage.root, 'push button', 'Refresh')).doAction(0);
    await greeter.next('refresh');
    (await ok()).doAction(0);
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('app150'));
  });

  it('lets go of a selected server that becomes unusable, and takes it again when it is back', async () => {
    await open(byHand('app1'));
    await becomes(await ok(), 'SENSITIVE');
    send(byHand('app1'), [serverRow('app1', down), ...rows.slice(1)]);
    await becomes(await ok(), 'SENSITIVE', 'no');
    expect((await table()).getNSelectedRows()).toBe(0);
    send(byHand('app1'), rows);
    await becomes(await ok(), 'SENSITIVE');
    expect((await table()).isRowSelected(0)).toBe(true);
  });

  it('keeps the selection when servers come and go', async () => {
    const { greeter } = stage;
    await open(byHand('app4'));
    await becomes(await ok(), 'SENSITIVE');
    send(byHand('app4'), [serverRow('app0'), ...rows.slice(2)]);
    await waitFor('app0', async () => rowOf(await table(), 0)[0] === 'app0');
    expect((await table()).getSelectedRows()).toEqual([2]);
    (await ok()).doAction(0);
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('app4'));
  });

  it('sorts by a click on a header, ratings as numbers', async () => {
    const { desktop, greeter } = stage;
    const unsorted = [serverRow('b', { rating: 9 }), serverRow('c', { rating: 100 }), serverRow('a', { rating: null })];
    await open(byHand('b'), unsorted);
    const header = (name: string) => find(stage.root, 'table column header', name);
    const names = async () => rowsOf(await table()).map(([first]) => first);
    await click(desktop, placeOf(await header('Rating')));
    await waitFor('ratings upwards', async () => (await names()).join() === 'a,b,c');
    await click(desktop, placeOf(await header('Rating')));
    await waitFor('ratings downwards', async () => (await names()).join() === 'c,b,a');
    await click(desktop, placeOf(await header('Server')));
    await waitFor('names', async () => (await names()).join() === 'a,b,c');
    (await ok()).doAction(0);
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('b'));
  });

  it('can be walked through with the keyboard alone', async () => {
    const { desktop, greeter } = stage;
    greeter.show({ question: askUser });
    send(automatically, rows);
    await becomes(await find(stage.root, 'text', 'Username'), 'FOCUSED');
    await press(desktop, 'alt+p');
    await find(stage.root, 'menu item', 'Select Server...');
    await press(desktop, 's');
    await becomes(await find(stage.root, 'check box', 'Automatic'), 'FOCUSED');
    await press(desktop, 'space', 'Tab');
    await becomes(await table(), 'FOCUSED');
    await press(desktop, 'End');
    await waitFor('app4 to be selected', async () => (await table()).isRowSelected(3));
    await press(desktop, 'alt+r');
    await greeter.next('refresh');
    await press(desktop, 'alt+o');
    expect((await greeter.next('choose-server')).choice).toEqual(byHand('app4'));
    await becomes(await find(stage.root, 'text', 'Username'), 'FOCUSED');
    expect(textOf(await find(stage.root, 'text', 'Username'))).toBe('');
  });

  function send(choice: ServerChoice, shown: readonly ServerRow[]): void {
    stage.greeter.send({ type: 'servers', choice, asking: false, rows: [...shown] });
  }

  async function open(choice: ServerChoice, shown: readonly ServerRow[] = rows): Promise<Accessible> {
    stage.greeter.show({ question: askUser });
    send(choice, shown);
    await find(stage.root, 'text', 'Username');
    return reopen();
  }

  async function reopen(): Promise<Accessible> {
    await press(stage.desktop, 'alt+p');
    await find(stage.root, 'menu item', 'Select Server...');
    await press(stage.desktop, 's');
    const dialog = await find(stage.root, 'dialog', 'Select Server');
    await becomes(dialog, 'ACTIVE');
    return dialog;
  }

  function table(): Promise<Accessible> {
    return find(stage.root, 'table', 'Servers');
  }

  function ok(): Promise<Accessible> {
    return find(stage.root, 'push button', 'OK');
  }

  function isClosed(): boolean {
    return look(stage.root, 'dialog') === undefined;
  }
});
