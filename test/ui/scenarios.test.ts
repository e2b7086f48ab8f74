import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster/cluster.js';
import { findDesktop } from '../../src/demo/cluster/desktop.js';
import { findScenario, scenarioNames } from '../../src/demo/scenarios.js';
import { missingStepText } from '../../src/greeter/presenter/sentences.js';
import { failureText, outcomeText } from '../../src/login/sentences.js';
import { t, useLanguage } from '../../src/shared/i18n.js';
import { createLog } from '../../src/shared/log/log.js';
import { greeterOf } from '../support/processes.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import {
  type Accessible,
  connectAccessibility,
  findApplication,
  look,
  rowOf,
  textOf,
} from './support/accessibility.js';
import { type Desktop, fullHd, small, startDesktop } from './support/desktop.js';
import { checkout, screenshots } from './support/greeter.js';
import { press, screenshot, type } from './support/hands.js';
import { missingForWindows } from './support/missing.js';
import { offScreen } from './support/off-screen.js';
import type { Size } from './support/size.js';
import { pause, waitFor } from './support/wait.js';

/** The whole gallery, to be looked at: LDM_GALLERY=1. A test run looks at one language in one size. */
const isGallery = process.env.LDM_GALLERY !== undefined;
const languages = isGallery ? ['en', 'de', 'ar'] : ['en'];
/** The smallest supported screen. */
const tiny: Size = { width: 640, height: 480 };
const sizes = isGallery ? [tiny, small, fullHd] : [small];

requireOrSkip(missingForWindows, 'the gallery', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ldm-gallery-'));
  let desktop: Desktop;
  let cluster: Cluster | undefined;
  let ldm: ChildProcess | undefined;
  let root: Accessible;
  let screen = small;
  beforeAll(async () => {
    desktop = await startDesktop(fullHd);
    connectAccessibility(desktop);
  });
  afterEach(async () => {
    const child = ldm;
    child?.kill('SIGTERM');
    await waitFor('ldm to end', () => child?.exitCode !== null || child.signalCode !== null);
    await cluster?.close();
    cluster = undefined;
    ldm = undefined;
  });
  afterAll(async () => {
    await desktop?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the scenario's servers and the real `ldm greeter` in front of them. */
  async function start(name: string, language: string): Promise<string> {
    const scenario = findScenario(name);
    const program = findDesktop(['xclock', 'xterm']);
    if (scenario === undefined || program === undefined) throw new Error(`no scenario ${name}, or no xclock`);
    const own = mkdtempSync(join(folder, 'cluster-'));
    cluster = await startCluster(scenario, { folder: own, desktop: program, log: createLog(3, () => {}) });
    const env = { ...desktop.env, ...cluster.environment, LANGUAGE: language, LDM_GREETING: '' };
    useLanguage(join(checkout, 'dist/words'), env);
    const ldmWords = [join(checkout, 'bin/ldm'), '--config', cluster.configFile, 'greeter'];
    const [command = '', ...words] = [...cluster.before, ...ldmWords];
    const child = spawn(command, words, {
      env,
      stdio: 'ignore',
    });
    ldm = child;
    const pid = await waitFor('the greeter', () => greeterOf(child.pid));
    root = await findApplication(pid);
    await find(root, 'text', t('Username'));
    return scenario.users[0]?.name ?? '';
  }

  /** A real login takes its time on a machine that has other work. */
  function find(of: Accessible, role: string, name: string): Promise<Accessible> {
    return waitFor(`${role} "${name}" on the screen`, () => look(of, role, name), 25_000);
  }

  async function logIn(user: string): Promise<void> {
    await type(desktop, `${user}\n`);
    await find(root, 'password text', t('Password'));
    await type(desktop, 'demo\n');
  }

  async function says(...parts: readonly string[]): Promise<void> {
    for (const part of parts) {
      await waitFor(
        `"${part}" in the status`,
        () => textOf(look(root, 'text', t('Status')) ?? root).includes(part),
        25_000,
      );
    }
  }

  const label = (english: string): string => t(english).replace(/\(_.\)|_/g, '');

  async function openServers(): Promise<Accessible> {
    (await find(root, 'toggle button', t('Preferences'))).doAction(0);
    (await find(root, 'menu item', label('Select _Server...'))).doAction(0);
    await find(root, 'dialog', t('Select Server'));
    return find(root, 'table', t('Servers'));
  }

  /** @returns what the administrator reads */
  async function openDetails(): Promise<string> {
    (await find(root, 'push button', label('_Details...'))).doAction(0);
    return textOf(await find(await find(root, 'dialog', t('Details')), 'text', t('Details')));
  }

  const keyChanged = {
    kind: 'none-left',
    failures: [{ server: '127.0.0.2', code: 'host-key-changed', detail: '' }],
  } as const;
  const user = 'dora';
  const looks: Record<string, () => Promise<void>> = {
    cluster: async () => {
      const table = await openServers();
      await waitFor(
        'the dead one',
        () => rowOf(table, 2)[3] === t('down: {reason}', { reason: t('no answer in time') }),
      );
    },
    'expired-password': async () => {
      await logIn(user);
      await find(root, 'password text', 'New password:');
      await says('You are required to change your password');
      await type(desktop, 'new-one\n');
      await find(root, 'password text', 'Retype new password:');
    },
    'second-factor': async () => {
      await logIn(user);
      await find(root, 'text', 'Verification code:');
      await type(desktop, '654321\n');
      await find(root, 'password text', t('Password'));
    },
    messages: async () => {
      await logIn(user);
      await find(root, 'text', 'Press Enter when you have read this:');
      await says('Welcome to', '<help@school.example> & the staff room.', 'will expire in 3 days');
    },
    'long-name': async () => {
      await logIn('maximiliane-theodora.von-und-zu-hohenlohe-waldenburg-schillingsfuerst@students.school.example');
      await waitFor('the question', () =>
        look(
          root,
          'text',
          findScenario('long-name')?.users[0]?.then?.map((step) => ('prompt' in step ? step.prompt.trim() : ''))[0],
        ),
      );
    },
    locked: async () => {
      await logIn(user);
      await says('Your account is locked until 08:00.');
      await find(root, 'password text', t('Password'));
    },
    'no-answer': async () => {
      await logIn(user);
      const cancel = await find(root, 'push button', label('_Cancel'));
      await pause(800);
      expect(look(root, 'animation')).toBeDefined();
      cancel.doAction(0);
      await says(t('The login was cancelled.'));
    },
    'all-down': async () => {
      await logIn('demo');
      await says(t('No server is available. Try again in a moment, or tell your administrator.'));
      const details = await openDetails();
      for (const reason of ['refused', 'timeout'] as const) expect(details).toContain(failureText(reason));
    },
    'no-cable': () => says(missingStepText('cable')),
    'no-address': () => says(missingStepText('address')),
    'no-route': () => says(missingStepText('route')),
    'silent-name-server': () => says(missingStepText('name-server')),
    'unknown-names': () => says(missingStepText('names')),
    'wrong-clock': () => says(missingStepText('clock')),
    'key-changed': async () => {
      await logIn('demo');
      await says(outcomeText(keyChanged) ?? '');
      expect(await openDetails()).toContain(failureText('host-key-changed'));
    },
    drain: async () => {
      const table = await openServers();
      await waitFor(
        'the draining one',
        () => rowOf(table, 0)[3] === t('draining: "{notice}"', { notice: 'Maintenance until 18:00' }),
      );
      await waitFor('the rating 0', () => rowOf(table, 1)[3] === t('full: takes no new logins'));
      await waitFor('the third', () => rowOf(table, 2)[3] === t('up'));
    },
    'strange-texts': async () => {
      const table = await openServers();
      await waitFor('the draining one', () => rowOf(table, 1)[3]?.includes('\ufdfd'));
      expect(offScreen(root, screen)).toEqual([]);
      await screenshot(
        desktop,
        join(screenshots, `gallery-strange-texts-servers-${screen.width}x${screen.height}.png`),
      );
      await press(desktop, 'Escape');
      await waitFor('the dialog to be gone', () => look(root, 'dialog') === undefined);
      await logIn(user);
      await waitFor('the question', () => look(root, 'text')?.getName()?.startsWith('\u06dd'), 25_000);
      expect(offScreen(root, screen)).toEqual([]);
    },
    'many-servers': async () => {
      const table = await openServers();
      await waitFor('300 rows', () => table.getNRows() === 300);
      await waitFor('an answer', () => rowOf(table, 0)[3] === t('up'), 25_000);
      await waitFor('a refusal', () => rowOf(table, 7)[3]?.startsWith(t('down')), 25_000);
    },
  };

  it('has a test for every scenario', () => {
    expect(Object.keys(looks).sort()).toEqual([...scenarioNames].sort());
  });

  for (const size of sizes) {
    for (const language of languages) {
      it.each(Object.entries(looks))(
        `%s, in ${language} at ${size.width}x${size.height}`,
        async (name, see) => {
          screen = size;
          await desktop.resize(size);
          await start(name, language);
          try {
            await see();
            await pause(150);
          } finally {
            await screenshot(
              desktop,
              join(screenshots, `gallery-${name}-${size.width}x${size.height}-${language}.png`),
            );
            await press(desktop, 'Escape');
          }
        },
        90_000,
      );
    }
  }
});
