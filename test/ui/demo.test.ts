import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findProgram, missingPrograms } from '../../src/demo/programs.js';
import { ScreenDriver } from '../../src/demo/screen-driver.js';
import { type Running, run, start, until } from '../cluster/support/run.js';
import { startXvfb, type Xvfb } from '../cluster/support/xvfb.js';
import { requireOrSkip } from '../support/require-or-skip.js';

const ldm = fileURLToPath(new URL('../../bin/ldm', import.meta.url));
const wholeDemoMs = 180_000;

requireOrSkip(missingPrograms(['Xvfb', 'xdotool', 'xwd', 'import', 'xclock', 'xterm']), 'ldm demo', () => {
  let folder: string;
  let temporary: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ldm-demo-test-'));
    temporary = mkdtempSync(join(folder, 'tmp-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const pictures = (): string => join(folder, 'pictures');
  const demo = (env: Readonly<Record<string, string>> = {}): Running =>
    start([ldm, 'demo', '--screenshots', pictures()], { env: { TMPDIR: temporary, ...env }, timeoutMs: wholeDemoMs });

  it('logs in by itself where there is no display, and leaves pictures and nothing else', {
    timeout: wholeDemoMs,
  }, async () => {
    const outcome = await demo().done;
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/The login went to the chosen server, 127\.0\.0\.[234]\./);
    expect(readdirSync(pictures()).sort()).toEqual([
      'greeter.png',
      'password-chosen.png',
      'password.png',
      'select-server-chosen.png',
      'select-server.png',
      'session-chosen.png',
      'session.png',
    ]);
    await expectNothingLeft(temporary);
  });

  it('ends all that it started when it is interrupted', { timeout: 60_000 }, async () => {
    const running = demo();
    await until('the greeter', () => running.stdout().includes('The greeter is on the screen'), 40_000);
    expect(processesWith(temporary).length).toBeGreaterThan(2);
    running.signal('SIGINT');
    expect((await running.done).code).toBe(130);
    await expectNothingLeft(temporary);
  });

  it('names the programs that are missing, and the packages that bring them', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    for (const name of ['node', 'readlink', 'Xvfb', 'xwd', 'import', 'xclock']) {
      symlinkSync(findProgram(name) ?? '', join(bin, name));
    }
    const outcome = await demo({ PATH: bin }).done;
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('missing: xdotool (package xdotool); npm run setup');
  });

  it('tells the step that failed and what the greeter logged', { timeout: 60_000 }, async () => {
    const broken = join(folder, 'broken.cjs');
    writeFileSync(broken, "if (String(process.argv[1]).endsWith('greeter.cjs')) throw new Error('no windows here');\n");
    const outcome = await demo({ NODE_OPTIONS: `--require=${broken}` }).done;
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/the demo failed at "The greeter is on the screen": .*exit code 70/);
    expect(outcome.stderr).toContain('no windows here');
    await expectNothingLeft(temporary);
  });

  it('refuses a scenario that there is not', async () => {
    expect(await run([ldm, 'demo', '--scenario', 'castle'])).toMatchObject({ code: 64 });
  });

  requireOrSkip(undefined, 'on a display', () => {
    let screen: Xvfb;
    let driver: ScreenDriver;
    let running: Running;
    const environment = (): Record<string, string> => ({ DISPLAY: screen.display, XAUTHORITY: screen.xauthority });

    beforeEach(async () => {
      screen = await startXvfb();
      driver = new ScreenDriver(environment(), new AbortController().signal);
      running = demo({ ...environment(), NO_AT_BRIDGE: '1' });
      await driver.waitForWindow('Login', 40_000);
      await driver.waitForStillness(20_000);
    }, 60_000);
    afterEach(async () => {
      running.signal('SIGTERM');
      await running.done;
      screen.end();
    });

    it('tells user and password, and gives a terminal that obeys the keyboard', { timeout: 60_000 }, async () => {
      expect(running.stdout()).toContain('Log in as user demo with password demo.');
      for (const word of ['demo', 'demo']) {
        const before = await driver.look();
        await driver.type(word);
        const typed = await driver.waitForChange(before, 20_000);
        await driver.press('Return');
        await driver.waitForChange(typed, 20_000);
      }
      await until('the desktop', () => running.stderr().includes('demo-desktop-started'));
      const server = /demo-desktop-started server=(\S+)/.exec(running.stderr())?.[1];
      const window = await driver.waitForWindow(`Desktop on ${server}`, 20_000);
      // A session that ends before the greeter has gone counts as one that failed.
      const login = ['xdotool', 'search', '--onlyvisible', '--name', '^Login$'];
      await until('the greeter is gone', async () => (await run(login, { env: environment() })).stdout === '', 20_000);
      // Without a window manager the keys go where the pointer is.
      await run(['xdotool', 'windowfocus', '--sync', window], { env: environment() });
      await driver.type('exit');
      await driver.press('Return');
      expect((await running.done).code).toBe(0);
      await expectNothingLeft(temporary);
    });

    it('ends at Restart instead of restarting the machine', { timeout: 60_000 }, async () => {
      for (const keys of ['alt+p', 'r']) {
        const before = await driver.look();
        await driver.press(keys);
        await driver.waitForChange(before, 20_000);
        await driver.waitForStillness(20_000);
      }
      // Restart is not what Return means at first.
      await driver.press('Tab', 'Return');
      expect((await running.done).code).toBe(0);
      await expectNothingLeft(temporary);
    });
  });
});

async function expectNothingLeft(temporary: string): Promise<void> {
  // Who was ended is gone in a moment.
  await expect.poll(() => processesWith(temporary)).toEqual([]);
  await expect.poll(() => readdirSync(temporary)).toEqual([]);
}

/** The command lines of all processes whose TMPDIR it is. */
function processesWith(temporary: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const its = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`TMPDIR=${temporary}`);
        return its ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}
