import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, findAll, look, placeOf } from './support/accessibility.js';
import { type Desktop, startDesktop } from './support/desktop.js';
import { askPassword, askUser, Greeter } from './support/greeter.js';
import { press } from './support/hands.js';
import { missingForWindows } from './support/missing.js';

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
