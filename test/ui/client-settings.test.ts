import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.js';
import { find, textOf } from './support/accessibility.js';
import { press, type } from './support/hands.js';
import { keycode, pressTogether } from './support/keycodes.js';
import { missingForWindows } from './support/missing.js';
import { useRealLdm } from './support/use-real-ldm.js';
import { pause, waitFor } from './support/wait.js';

requireOrSkip(missingForWindows, 'the settings of a client, through ldm and its greeter', () => {
  const { folder, desktop, start } = useRealLdm();
  const xkb = (...words: readonly string[]): string =>
    execFileSync('setxkbmap', words, { env: desktop().env, encoding: 'utf8' });
  beforeEach(() => {
    xkb('-model', 'pc105', '-layout', 'us', '-variant', '', '-option', '');
  });

  it('LDM_KEYBOARD_LAYOUTS: the first is in force at the start, and another by the menu', async () => {
    const layout = (): string | undefined => /layout:\s+(\w+)/.exec(xkb('-query'))?.[1];
    const { root } = await start({ LDM_KEYBOARD_LAYOUTS: 'de fr(bepo)' });
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    await waitFor('German', () => button.getDescription() === 'German');
    expect(layout()).toBe('de');
    button.doAction(0);
    (await find(root, 'check menu item', 'French (BEPO)')).doAction(0);
    await waitFor('French', () => button.getDescription() === 'French (BEPO)');
    expect(layout()).toBe('fr');
  });

  it('LDM_SCREEN_OFF: the key that wakes a dark screen is not typed', async () => {
    const xset = (...words: readonly string[]): string =>
      execFileSync('xset', words, { env: desktop().env, encoding: 'utf8' });
    const { root } = await start({ LDM_SCREEN_OFF: '3' });
    const user = await find(root, 'text', 'Username');
    await waitFor('the minutes', () => /timeout: +180\b/.test(xset('q')));
    // Then ldm asks to be told when the screen goes dark.
    await pause(1_000);
    await type(desktop(), 'a');
    await waitFor('a letter', () => textOf(user) === 'a');
    // The release of a key would make the screen light again.
    await pause(500);
    // Sent to ldm and from there to the windows.
    xset('s', 'activate');
    await pause(1_000);
    await type(desktop(), 'b');
    await pause(1_000);
    await type(desktop(), 'c');
    await waitFor('the letter after it', () => textOf(user) === 'ac');
  });

  it('XKBLAYOUT and XKBVARIANT: the keyboard that X was set up with stays as it is', async () => {
    xkb('-model', 'pc104', '-layout', 'ch', '-variant', 'fr', '-option', 'compose:ralt');
    const before = xkb('-query');
    const { root } = await start({ XKBLAYOUT: 'ch', XKBVARIANT: 'fr' });
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    await waitFor('its name', () => button.getDescription() === 'French (Switzerland)');
    const user = await find(root, 'text', 'Username');
    // By its place: `é` on the French one of Switzerland, `ö` on the German one.
    await pressTogether(desktop(), keycode.semicolon);
    await waitFor('the letter', () => textOf(user) === 'é');
    expect(xkb('-query')).toBe(before);
  });

  it('XKBVARIANT, XKBMODEL and XKBOPTIONS: what X does not have is set up', async () => {
    const config = 'XKBLAYOUT=ch,us XKBVARIANT=fr,intl\nXKBMODEL=pc104\nXKBOPTIONS=compose:ralt\n';
    const { root } = await start({}, config);
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    await waitFor('its name', () => button.getDescription() === 'French (Switzerland)');
    expect(xkb('-query')).toMatch(/^model: +pc104\nlayout: +ch,us\nvariant: +fr,intl\noptions: +compose:ralt$/m);
  });

  it('the layout in sight follows a key that switches, and the menu leaves variants and options alone', async () => {
    xkb('-layout', 'us,ch,de', '-variant', ',fr,nodeadkeys', '-option', 'grp:alt_shift_toggle');
    const { root } = await start({});
    const button = await find(root, 'toggle button', 'Keyboard Layout');
    const named = (name: string) => waitFor(name, () => button.getDescription() === name);
    await named('English (US)');
    const user = await find(root, 'text', 'Username');
    await pressTogether(desktop(), keycode.alt, keycode.shift);
    await named('French (Switzerland)');
    await pressTogether(desktop(), keycode.semicolon);
    await waitFor('the letter', () => textOf(user) === 'é');
    await pressTogether(desktop(), keycode.alt, keycode.shift);
    await named('German (no dead keys)');
    button.doAction(0);
    (await find(root, 'check menu item', 'French (Switzerland)')).doAction(0);
    await named('French (Switzerland)');
    await pressTogether(desktop(), keycode.semicolon);
    await waitFor('the letter again', () => textOf(user) === 'éé');
    expect(xkb('-query')).toMatch(/^layout: +ch,us,de\nvariant: +fr,,nodeadkeys\noptions: +grp:alt_shift_toggle$/m);
  });

  it('settings of all kinds that cannot be used: the login screen comes, says so, and takes a login', async () => {
    const config = [
      'nonsense',
      '[default',
      'include /nowhere/rooms.conf',
      'LDM_GREETING="open',
      'LIKE=nobody',
      'LDM_SERVR=s9',
      'LDM_BALANCE=sideways LDM_PROBE_TIMEOUT="soon" ; two',
      'LDM_CLOCK_FORMAT="<b></b>"',
      'LDM_MENU_ITEM_1="Two\tcells" LDM_MENU_COMMAND_1=true',
      'LDM_KEYBOARD_LAYOUTS="de;rm -rf /"',
      'LDM_XSESSION=startkde',
      'LDM_HOOK_DIRS=rc.d',
      'LDM_LOGLEVEL=loud',
      'LDM_SESSION_TIMEOUT=3',
      'LDM_ETCD_CA=/nowhere/ca.pem LDM_ETCD=https://etcd:2379',
      '',
    ];
    const env = {
      LDM_SSHOPTIONS: '-q -R 8080:a:80 -o StrictHostKeyChecking=no -c 3des-cbc',
      LDM_ALLOW_POWER: 'perhaps',
      LDM_LARGER_TEXT: 'very',
      LDM_SYSLOG: 'maybe',
    };
    const ldm = await start(env, config.join('\r\n'));
    const sentence = 'Some settings of this computer cannot be used; the command "ldm settings" shows which ones.';
    const status = await find(ldm.root, 'text', 'Status');
    await waitFor('the sentence', () => textOf(status).split(sentence).length === 2);
    await waitFor('the log', () => (ldm.log.match(/^warn setting-problem /gm) ?? []).length >= 20);
    await type(desktop(), 'demo\n');
    await find(ldm.root, 'password text', 'Password');
    await type(desktop(), 'demo\n');
    await waitFor('the session', () => ldm.log.includes('outcome=started'));
  });

  it('LDM_SCREEN_READER: the program is started from the menu, and shown as ended when it has ended', async () => {
    const trace = join(folder, 'reader-was-here');
    const { root } = await start({ LDM_SCREEN_READER: `touch ${trace}` });
    await press(desktop(), 'alt+a');
    (await find(root, 'check menu item', 'Screen Reader')).doAction(0);
    await waitFor('the program', () => existsSync(trace));
  });

  it('LDM_THEME: one that is not there is logged, and the usual looks come in its place', async () => {
    const one = await start({ LDM_THEME: '/no/such/theme' });
    await waitFor('the log', () => one.log.includes('/no/such/theme'));
    expect(one.log).toContain('greeter-warning');
  });
});
