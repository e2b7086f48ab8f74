import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { strangeTexts } from '../../src/demo/strange-texts.js';
import { defaultLooks, type View } from '../../src/protocol/greeter-messages.js';
import { cleanLine, cleanText } from '../../src/shared/plain-text.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type Accessible, find, findApplication, look } from './support/accessibility.js';
import { type Desktop, fullHd, small, startDesktop } from './support/desktop.js';
import { askPassword, checkout, Greeter, screenshots, serverRow } from './support/greeter.js';
import { press, screenshot } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { offScreen } from './support/off-screen.js';
import type { Size } from './support/size.js';
import { pause, waitFor } from './support/wait.js';

/** As `ldm` sends them. */
const lines = Object.values(strangeTexts).map(cleanLine);
/** Longer ones scroll, and only take more time. */
const statuses = Object.values(strangeTexts).map((text) => cleanText(text).slice(0, 1_000));
/** The longest host names, and the words of an administrator. */
const hosts = ['w'.repeat(63), `${`${'w'.repeat(60)}.`.repeat(4)}example`];
const longLabel = 'W'.repeat(300);

const tiny: Size = { width: 640, height: 480 };
/** All texts where there is the least room, the widest everywhere. */
const looks = [
  { at: '640x480', size: tiny, textSize: 'normal', texts: 'all' },
  { at: '800x600', size: small, textSize: 'normal', texts: 'widest' },
  { at: '800x600 with larger letters', size: small, textSize: 'larger', texts: 'widest' },
  { at: '1920x1080', size: fullHd, textSize: 'normal', texts: 'widest' },
] as const;
const widest: readonly string[] = ['no place to break', 'joined letters', 'marks over marks'];

requireOrSkip(missingForWindows, 'texts from anywhere', () => {
  let desktop: Desktop;
  let greeter: Greeter;
  let connection: ChildProcess;
  let root: Accessible;
  beforeAll(async () => {
    desktop = await startDesktop(fullHd);
    greeter = await Greeter.start(desktop);
    root = greeter.root;
    const layouts = [{ id: longLabel, name: longLabel }];
    greeter.send({ type: 'keyboard', layouts, current: longLabel });
  });
  afterAll(async () => {
    connection?.kill('SIGKILL');
    await greeter?.stop();
    await desktop?.stop();
  });

  const open = async (item: string, title: string, seeMenu = async (): Promise<void> => {}): Promise<void> => {
    (await find(root, 'toggle button', 'Preferences')).doAction(0);
    const entry = await find(root, 'menu item', item);
    await seeMenu();
    entry.doAction(0);
    await find(root, 'dialog', title);
  };
  const close = async (): Promise<void> => {
    await press(desktop, 'Escape');
    await waitFor('the dialog to be gone', () => look(root, 'dialog') === undefined);
  };
  const useTextSize = async (textSize: 'normal' | 'larger'): Promise<void> => {
    (await find(root, 'toggle button', 'Accessibility')).doAction(0);
    const item = await find(root, 'check menu item', 'Larger Text');
    if (textSize === 'larger') item.doAction(0);
    else await press(desktop, 'Escape');
  };

  it.each(looks.map((look) => [look.at, look] as const))(
    'leave every window and every button in sight at %s',
    async (at, { size, textSize, texts }) => {
      await desktop.resize(size);
      const found: string[] = [];
      const see = async (what: string): Promise<void> => {
        await pause(80);
        found.push(...offScreen(root, size).map((one) => `${what}: ${one}`));
      };
      const picture = (what: string): Promise<void> =>
        screenshot(desktop, join(screenshots, `strange-texts-${what}-${at.replaceAll(' ', '-')}.png`));
      let id = 100;
      const show = (view: Partial<View>): void =>
        greeter.show({ menuEntries: [longLabel], cancellable: true, ...view });
      show({ question: { ...askPassword, id: ++id } });
      await useTextSize(textSize);
      for (const [i, line] of lines.entries()) {
        const kind = Object.keys(strangeTexts)[i] ?? '';
        if (texts === 'widest' && !widest.includes(kind)) continue;
        const status = (['info', 'error'] as const).map((kind) => ({ kind, text: statuses[i] ?? '' }));
        const client = { name: line, address: '2001:db8:1111:2222:3333:4444:5555:6666' };
        const names = { user: line, client, chosenServer: line, chosenSession: line, chosenLanguage: line, status };
        show({ question: { ...askPassword, id: ++id, label: line }, ...names });
        await see(`question of "${kind}"`);
        if (!widest.includes(kind)) continue;
        show({ waiting: line, ...names, failover: { id: ++id } });
        await see(`waiting of "${kind}"`);
        if (kind === 'joined letters') await picture('login');
      }
      const rows = lines.map((state, i) => serverRow(hosts[i % 2] + String(i), { state, sessions: 1_000_000 }));
      greeter.send({ type: 'servers', choice: { mode: 'automatic' }, asking: true, rows });
      await open('Select Server...', 'Select Server', () => see('menu'));
      await see('servers');
      await picture('servers');
      await close();
      await open('Select Session...', 'Select Session');
      const options = lines.map((line, i) => ({ key: String(i), label: line, note: line }));
      greeter.send({ type: 'options', kind: 'session', chosen: '4', rows: options });
      const table = await find(root, 'table', 'Sessions');
      await waitFor('the sessions', () => table.getNRows() === lines.length);
      await see('sessions');
      await picture('sessions');
      await close();
      (await find(root, 'toggle button', 'Keyboard Layout')).doAction(0);
      await find(root, 'check menu item', longLabel);
      await see('keyboard');
      await press(desktop, 'Escape');
      if (textSize === 'larger') await useTextSize('larger');
      expect(found).toEqual([]);
    },
    60_000,
  );

  it('leave the button of the window over a frozen desktop in sight', async () => {
    await desktop.resize(tiny);
    const found: string[] = [];
    // One character each as wide as can be, and as many lines as can be.
    for (const server of [cleanLine(strangeTexts['joined letters']), cleanLine(strangeTexts['full width'])]) {
      const silence = { server, silentMs: 10_000, giveUpAfterMs: 180_000 };
      const args = [JSON.stringify({ ...defaultLooks, textSize: 'larger' }), JSON.stringify(silence)];
      connection = fork(join(checkout, 'dist', 'connection.cjs'), args, { env: desktop.env });
      const window = await findApplication(connection.pid ?? 0);
      await find(window, 'push button', 'End Session');
      await pause(200);
      found.push(...offScreen(window, tiny));
      await screenshot(desktop, join(screenshots, 'strange-texts-connection-640x480.png'));
      connection.kill('SIGKILL');
    }
    expect(found).toEqual([]);
  }, 30_000);
});
