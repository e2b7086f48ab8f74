import { expect, it } from 'vitest';
import type { ServerRow } from '../../src/protocol/greeter-messages.js';
import { type Accessible, becomes, find, look, rowOf, textOf } from './support/accessibility.js';
import { askUser, serverRow } from './support/greeter.js';
import { press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

const servers = 1_000;
const languages = 200;

onStage('the windows with very much to show', (stage) => {
  const openBy = async (item: string, list: string): Promise<Accessible> => {
    (await find(stage.root, 'toggle button', 'Preferences')).doAction(0);
    (await find(stage.root, 'menu item', item)).doAction(0);
    return find(stage.root, 'table', list);
  };

  it(`${servers} servers: every one can be reached by keyboard, and all change at once many times`, async () => {
    const { desktop, greeter } = stage;
    const name = (at: number): string => `app${String(at).padStart(4, '0')}.school.example`;
    const show = (round: number): void => {
      const rows = Array.from(
        { length: servers },
        (_, at): ServerRow => serverRow(name(at), { rating: (at + round) % 101 }),
      );
      greeter.send({ type: 'servers', choice: { mode: 'server', name: name(0) }, asking: false, rows });
    };
    greeter.show({ question: askUser });
    show(0);
    const table = await openBy('Select Server...', 'Servers');
    await waitFor('the rows', () => table.getNRows() === servers);
    for (let round = 1; round <= 20; round += 1) show(round);
    await waitFor('the last of the changes', () => rowOf(table, servers - 1)[1] === String((servers - 1 + 20) % 101));
    await press(desktop, 'End');
    await waitFor('the last row', () => table.isRowSelected(servers - 1));
    await press(desktop, 'Return');
    expect(await greeter.next('choose-server')).toEqual({
      type: 'choose-server',
      choice: { mode: 'server', name: name(servers - 1) },
    });
  });

  it(`${languages} languages: found by their first letters`, async () => {
    const { desktop, greeter } = stage;
    greeter.show({ question: askUser });
    const table = await openBy('Select Language...', 'Languages');
    const rows = Array.from({ length: languages }, (_, at) => ({
      key: `k${at}`,
      label: `Language ${at}`,
      note: `l${at}`,
    }));
    greeter.send({ type: 'options', kind: 'language', chosen: 'k0', rows });
    await waitFor('the rows', () => table.getNRows() === languages);
    await becomes(await find(stage.root, 'dialog'), 'ACTIVE');
    await type(desktop, 'language 17');
    await waitFor('the row', () => table.isRowSelected(17));
    await press(desktop, 'Escape', 'End');
    await waitFor('the last row', () => table.isRowSelected(languages - 1));
  });

  it('as many and as long words of a server as it is let say: typing goes on, the end is seen', async () => {
    const { desktop, greeter, root } = stage;
    const status = Array.from({ length: 100 }, (_, at) => ({
      kind: 'info' as const,
      text: `${at} ${'many words '.repeat(60)}`,
    }));
    greeter.show({ question: askUser, status });
    await waitFor('the status', () => textOf(look(root, 'text', 'Status') ?? root).includes('99 many'));
    const user = await find(root, 'text', 'Username');
    await becomes(user, 'FOCUSED');
    await type(desktop, 'dora\n');
    expect((await greeter.next('answer')).text).toBe('dora');
  });
});
