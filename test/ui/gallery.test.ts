import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { optionRow } from '../../src/greeter/presenter/sentences.js';
import { sessionOptionsFrom } from '../../src/greeter/session-options/session-options.js';
import { parseServerInfo } from '../../src/protocol/info-service.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, look, textOf } from './support/accessibility.js';
import { type Desktop, fullHd, small, startDesktop } from './support/desktop.js';
import { askPassword, askUser, Greeter, screenshots, serverRow } from './support/greeter.js';
import { press, screenshot, type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { pause, waitFor } from './support/wait.js';

const rows = [
  serverRow('app1.example.org', { rating: 83, sessions: 14 }),
  serverRow('app2.example.org', { rating: 61, sessions: 31 }),
  serverRow('app3.example.org', { rating: null, sessions: null, state: 'no info service there; ssh answers' }),
  serverRow('app4.example.org', {
    rating: 0,
    sessions: 58,
    usable: false,
    state: 'draining: "Maintenance until 18:00"',
  }),
  serverRow('app5.example.org', {
    rating: null,
    sessions: null,
    usable: false,
    state: 'down: no answer within 2 s from 192.168.67.105, port 9571',
  }),
  serverRow('app6.example.org', { rating: null, sessions: null, usable: false, state: 'checking' }),
  serverRow('app7.example.org', { rating: 97, sessions: 2 }),
];

const noInfo = parseServerInfo('rating:50\n') ?? expect.fail('no info');
const chosen = {
  question: askPassword,
  chosenServer: 'application-server-12.school.example.org',
  chosenSession: 'KDE Plasma (X11)',
  chosenLanguage: 'Srpski (latinica, Bosna i Hercegovina)',
};
const { sessions, languages } = sessionOptionsFrom([
  {
    ...noInfo,
    sessions: ['GNOME', 'GNOME Classic', 'MATE', 'KDE Plasma (X11)', 'Xfce Session', 'LXQt Desktop'].map((name) => ({
      name,
      exec: name,
    })),
    languages: ['ar_EG', 'C', 'de_AT', 'de_DE', 'el_GR', 'en_GB', 'en_US', 'es_ES', 'fr_FR', 'he_IL', 'it_IT', 'ja_JP']
      .concat(['pt_BR', 'pt_PT', 'ru_RU', 'sr_RS', 'zh_CN', 'zh_TW'])
      .map((locale) => `${locale}.UTF-8`),
  },
]);

requireOrSkip(missingForWindows, 'pictures of the windows', () => {
  let desktop: Desktop;
  let greeter: Greeter;
  beforeAll(async () => {
    desktop = await startDesktop(fullHd);
  });
  afterAll(async () => {
    await greeter?.stop();
    await desktop?.stop();
  });

  it.each([
    { name: '800x600', size: small },
    { name: '1920x1080', size: fullHd },
  ])('are taken at $name', async ({ name, size }) => {
    const picture = async (what: string): Promise<void> => {
      await pause(250);
      await screenshot(desktop, join(screenshots, `${what}-${name}.png`));
    };
    await greeter?.stop();
    await desktop.resize(size);
    greeter = await Greeter.start(desktop);
    await picture('start');
    greeter.show({ question: askUser });
    await find(greeter.root, 'text', 'Username');
    await type(desktop, 'dora');
    await picture('user');
    greeter.show({
      question: null,
      waiting: 'Connecting to app1.example.org',
      cancellable: true,
      chosenServer: 'app1',
    });
    await find(greeter.root, 'push button', 'Cancel');
    await picture('waiting');
    greeter.show({
      question: askPassword,
      chosenServer: 'app1.example.org',
      status: [
        { kind: 'info', text: 'app4.example.org does not answer; trying app1.example.org.' },
        { kind: 'error', text: 'The user name or the password is wrong. Nothing was tried on another server.' },
        { kind: 'info', text: 'Your password will expire in 3 days. Change it with <passwd> & log in again.' },
      ],
    });
    const password = await find(greeter.root, 'password text', 'Password');
    await type(desktop, 'secret');
    await picture('password');
    greeter.show({
      question: {
        ...askPassword,
        id: 7,
        label:
          'Enter the six digits that the token with the serial number 4711-0815 shows now, then press Enter to go on with your login:',
      },
      cancellable: true,
    });
    await picture('long-question');
    expect(textOf(password)).toBe('');

    /** Out of a dialog and into the menu, waiting for each, as a person would. */
    const toMenu = async (): Promise<void> => {
      await press(desktop, 'Escape');
      await waitFor('the dialog to be gone', () => look(greeter.root, 'dialog') === undefined);
      await press(desktop, 'alt+p');
      await find(greeter.root, 'menu item', 'Select Server...');
    };
    greeter.send({ type: 'servers', choice: { mode: 'automatic' }, asking: true, rows });
    await press(desktop, 'alt+p');
    await find(greeter.root, 'menu item', 'Select Server...');
    await picture('menu');
    await press(desktop, 's');
    await find(greeter.root, 'dialog', 'Select Server');
    await picture('servers-automatic');
    await press(desktop, 'space');
    greeter.send({ type: 'servers', choice: { mode: 'automatic' }, asking: false, rows });
    await press(desktop, 'Tab', 'Tab', 'Down');
    await picture('servers');
    await toMenu();
    await press(desktop, 'Up', 'Return');
    await picture('shut-down');
    await toMenu();
    await press(desktop, 'e');
    await find(greeter.root, 'dialog', 'Select Session');
    greeter.send({ type: 'options', kind: 'session', chosen: 'session MATE', rows: sessions.map(optionRow) });
    await picture('sessions');
    await toMenu();
    await press(desktop, 'l');
    await find(greeter.root, 'dialog', 'Select Language');
    greeter.send({ type: 'options', kind: 'language', chosen: 'default', rows: languages.map(optionRow) });
    await press(desktop, 'Down', 'Down');
    await picture('languages');
    await type(desktop, 'esp');
    await picture('languages-search');
    await press(desktop, 'Escape', 'Escape');
    greeter.show({ ...chosen, status: [] });
    await find(greeter.root, 'label', 'Session:');
    await picture('chosen');
    await press(desktop, 'Escape');
  });
});
