import { expect, it } from 'vitest';
import type { StatusLine } from '../../src/protocol/greeter-messages.js';
import { find, has, look, placeOf, textOf } from './support/accessibility.js';
import { askPassword, askUser } from './support/greeter.js';
import { click, press, type } from './support/hands.js';
import { onStage } from './support/stage.js';
import { waitFor } from './support/wait.js';

const many: StatusLine[] = Array.from({ length: 60 }, (_, i) => ({
  kind: 'info',
  text: `server ${i} does not answer`,
}));

onStage('the status', (stage) => {
  it('keeps all lines, marks the errors by a sign, and shows markup as it stands', async () => {
    const { greeter, root } = stage;
    greeter.show({
      question: askUser,
      status: [
        { kind: 'info', text: 'a <b>bold</b> & broken <text' },
        { kind: 'error', text: 'two\nlines' },
        { kind: 'info', text: 'last' },
      ],
    });
    const status = await find(root, 'text', 'Status');
    await waitFor('the lines', () => textOf(status) === 'a <b>bold</b> & broken <text\n\u26a0 two\nlines\nlast');
  });

  it('adds lines to those that stand, and starts again with the next attempt', async () => {
    const { greeter, root } = stage;
    const status = await find(root, 'text', 'Status');
    greeter.show({ status: many.slice(0, 2) });
    greeter.show({ status: many.slice(0, 3) });
    const three = 'server 0 does not answer\nserver 1 does not answer\nserver 2 does not answer';
    await waitFor('three lines', () => textOf(status) === three);
    greeter.show({ status: [{ kind: 'info', text: 'new' }] });
    await waitFor('the new line', () => textOf(status) === 'new');
    greeter.show({ status: [] });
    await waitFor('nothing', () => textOf(status) === '');
  });

  it('scrolls to the newest line, and by keyboard back to the first', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, status: many });
    const status = await find(root, 'text', 'Status');
    await waitFor('all lines', () => textOf(status).split('\n').length === 60);
    const placeOfLine = (text: string): number => {
      const { x, y } = status.getCharacterExtents(textOf(status).indexOf(text), 0);
      return x === 0 && y === 0 ? Number.NaN : y;
    };
    const bar = placeOf(await find(root, 'toggle button', 'Preferences'));
    const isSeen = (text: string): boolean => placeOfLine(text) >= 300 && placeOfLine(text) < bar.y - 10;
    await waitFor('the last line to be seen', () => isSeen('server 59'));
    expect(isSeen('server 0 ')).toBe(false);
    await press(desktop, 'Tab', 'Tab');
    await waitFor('the focus', () => has(status, 'FOCUSED'));
    await press(desktop, 'ctrl+Home');
    await waitFor('the first line to be seen', () => isSeen('server 0 '));
  });

  it('wraps a line that is longer than the window', async () => {
    const { greeter, root } = stage;
    greeter.show({ status: [{ kind: 'error', text: `${'x'.repeat(300)} end` }] });
    const status = await find(root, 'text', 'Status');
    await waitFor('the text', () => textOf(status).endsWith('end'));
    await waitFor('the end to be seen', () => {
      const { x } = status.getCharacterExtents(textOf(status).indexOf('end'), 0);
      return x > 190 && x < 600;
    });
  });

  it('moves nothing: the entry and its button stay where they are with and without a message', async () => {
    const { greeter, root } = stage;
    const error: StatusLine = {
      kind: 'error',
      text: 'app1 did not accept this user name and password. Please try again.',
    };
    const signingIn = { question: askPassword, user: 'Logging in as dora', cancellable: true };
    const views: Record<string, Parameters<typeof greeter.show>[0]> = {
      user: { question: askUser },
      'user, one line': { question: askUser, status: many.slice(0, 1) },
      'user, details': { question: askUser, status: [error], details: ['app1: refused'] },
      'user, more than fits': { question: askUser, status: many },
      password: signingIn,
      'password, error': { ...signingIn, status: [error] },
      'password, more than fits': { ...signingIn, status: [...many, error] },
    };
    const places = new Map<string, string>();
    for (const [name, view] of Object.entries(views)) {
      greeter.show(view);
      const [role, label] = view.question === askUser ? ['text', 'Username'] : ['password text', 'Password'];
      const lines = (view.status ?? []).length;
      await waitFor(
        'the message',
        () => textOf(look(root, 'text', 'Status') ?? root).split('\n').length === (lines || 1),
      );
      const entry = placeOf(await find(root, role ?? '', label ?? ''));
      const button = placeOf(await find(root, 'push button', 'Log In'));
      // The button that shows what was typed takes its width from the entry.
      places.set(name, JSON.stringify([entry.x, entry.y, entry.height, button]));
    }
    expect([...new Set(places.values())], JSON.stringify([...places], null, 1)).toHaveLength(1);
  });

  it('does not keep the keyboard after a click into it', async () => {
    const { desktop, greeter, root } = stage;
    greeter.show({ question: askUser, status: many });
    const status = await find(root, 'text', 'Status');
    await waitFor('all lines', () => textOf(status).split('\n').length === 60);
    const bar = placeOf(await find(root, 'toggle button', 'Preferences'));
    await click(desktop, { x: 300, y: bar.y - 60, width: 2, height: 2 });
    await type(desktop, 'dora\n');
    expect((await greeter.next('answer')).text).toBe('dora');
  });
});
