import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { languages, readPo } from '../../scripts/catalogues.mjs';
import type { MissingStep } from '../../src/greeter/client/missing-step.js';
import { missingStepText } from '../../src/greeter/presenter/sentences.js';
import { t, useLanguage } from '../../src/shared/i18n.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, findAll, look, placeOf } from './support/accessibility.js';
import { type Desktop, small, startDesktop } from './support/desktop.js';
import { askPassword, askUser, checkout, Greeter, screenshots, serverRow } from './support/greeter.js';
import { press, screenshot } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { offScreen } from './support/off-screen.js';
import { pause } from './support/wait.js';

const label = (english: string): string => t(english).replace('_', '');
const missingLine = (step: MissingStep) => ({ kind: 'error', text: missingStepText(step) }) as const;

/** Languages whose letters the fonts of the package do not have (docs/looks.md): they show as wide boxes without more. */
const needsFonts = ['bn', 'hi', 'ja', 'ko', 'zh_CN', 'zh_TW'];

/** The languages with the longest texts on buttons. */
function widest(count: number): string[] {
  const width = (language: string): number => {
    const buttons = Object.values(readPo(language).translations[''] ?? {}).filter(({ msgid }) =>
      /^[A-Z]?.*_/.test(msgid),
    );
    return buttons.reduce((sum, { msgstr }) => sum + (msgstr[0]?.length ?? 0), 0);
  };
  return languages()
    .filter((language) => !needsFonts.includes(language))
    .sort((a, b) => width(b) - width(a))
    .slice(0, count);
}

requireOrSkip(missingForWindows, 'the language of the windows', () => {
  let desktop: Desktop;
  let greeter: Greeter | undefined;
  beforeAll(async () => {
    desktop = await startDesktop();
  });
  afterEach(async () => {
    await greeter?.stop();
  });
  afterAll(async () => {
    await desktop?.stop();
  });

  async function start(env: Readonly<Record<string, string>>): Promise<Greeter> {
    greeter = await Greeter.start({ ...desktop, env: { ...desktop.env, ...env } });
    return greeter;
  }

  it('is English without a locale, word for word as others rely on', async () => {
    const one = await start({});
    one.show({ question: askUser, cancellable: true });
    for (const [role, name] of [
      ['frame', 'Login'],
      ['push button', 'Log In'],
      ['push button', 'Cancel'],
      ['toggle button', 'Preferences'],
      ['text', 'Username'],
    ] as const) {
      await find(one.root, role, name);
    }
    (await find(one.root, 'toggle button', 'Preferences')).doAction(0);
    for (const name of ['Select Language...', 'Select Session...', 'Select Server...', 'Restart...', 'Shut Down...']) {
      await find(one.root, 'menu item', name);
    }
  });

  it.each([
    { LANGUAGE: 'de', login: 'Anmelden', preferences: 'Einstellungen', server: 'Server wählen', mnemonic: 'alt+e' },
    {
      LANGUAGE: 'fr',
      login: 'Se connecter',
      preferences: 'Préférences',
      server: 'Choisir le serveur',
      mnemonic: 'alt+p',
    },
    { LANGUAGE: 'el', login: 'Σύνδεση', preferences: 'Προτιμήσεις', server: 'Επιλογή διακομιστή', mnemonic: undefined },
    { LANGUAGE: 'ja', login: 'ログイン', preferences: '設定', server: 'サーバーの選択', mnemonic: 'alt+p' },
  ])('is that of the environment: $LANGUAGE', async ({ LANGUAGE, login, preferences, server, mnemonic }) => {
    const one = await start({ LANGUAGE });
    one.show({ question: { ...askPassword, label: 'Kennwort' } });
    const button = await find(one.root, 'push button');
    expect(button.getName()).toContain(login);
    expect(look(one.root, 'push button', 'Log In')).toBeUndefined();
    if (mnemonic === undefined) (await find(one.root, 'toggle button', preferences)).doAction(0);
    else await press(desktop, mnemonic);
    await find(one.root, 'menu item');
    const item = findAll(one.root, 'menu item').find((each) => each.getName().startsWith(server));
    expect(item, server).toBeDefined();
    item?.doAction(0);
    await find(one.root, 'dialog', server);
    await press(desktop, 'Escape');
  });

  /** All that can stand in a row of buttons. */
  const rows = () => [
    { question: askUser, guestButton: true, details: ['app1: down'], status: [missingLine('names')] },
    { failover: { id: 1 }, cancellable: true, details: ['app1: down'], status: [missingLine('route')] },
  ];
  const isGallery = process.env.LDM_GALLERY !== undefined;
  it.each(isGallery ? languages() : widest(4))('leaves every button in sight at 800x600: %s', async (language) => {
    useLanguage(join(checkout, 'dist/words'), { ...desktop.env, LANGUAGE: language });
    const one = await start({ LANGUAGE: language });
    const sees = async (what: string): Promise<void> => {
      expect(offScreen(one.root, small), what).toEqual([]);
      await screenshot(desktop, join(screenshots, `language-${language}-${what}.png`));
    };
    for (const [index, row] of rows().entries()) {
      one.show(row);
      await find(one.root, 'push button', label('_Details...'));
      await pause(150);
      await sees(`row-${index}`);
    }
    one.send({
      type: 'servers',
      choice: { mode: 'automatic' },
      asking: true,
      rows: [serverRow('app1'), serverRow('app2', { usable: false, wake: 'possible', state: t('waking up...') })],
    });
    one.show({ question: askUser, details: ['app1: down'] });
    (await find(one.root, 'push button', label('_Details...'))).doAction(0);
    await find(one.root, 'dialog', t('Details'));
    await sees('details');
    await press(desktop, 'Escape');
    (await find(one.root, 'toggle button', t('Preferences'))).doAction(0);
    (await find(one.root, 'menu item', label('Select _Server...'))).doAction(0);
    await find(one.root, 'dialog', t('Select Server'));
    await pause(150);
    await sees('servers');
  });

  it('turns the window round for Arabic, which is read from right to left', async () => {
    const one = await start({ LANGUAGE: 'ar' });
    one.show({ question: askPassword, cancellable: true });
    const preferences = placeOf(await find(one.root, 'toggle button', 'التفضيلات'));
    expect(preferences.x).toBeGreaterThan(400);
    const entry = placeOf(await find(one.root, 'password text', 'Password'));
    expect(placeOf(await find(one.root, 'push button', 'دخول')).x).toBeLessThan(entry.x + entry.width / 2);
    expect(placeOf(await find(one.root, 'label', 'client7')).x).toBeLessThan(400);
  });
});
