import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readDisplay } from '../../src/session/x11/display.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { type ForwardingPair, startForwardingPair } from './support/forwarding-pair.js';
import { type Outcome, run } from './support/run.js';
import { missingPrograms, startXvfb, type Xvfb } from './support/xvfb.js';

requireOrSkip(missingPrograms('Xvfb', 'xauth', 'xdpyinfo', 'x11perf'), 'X clients through a forwarding', () => {
  let xvfb: Xvfb;
  let pair: ForwardingPair;
  let folder = '';

  async function start(access: 'cookie' | 'anybody'): Promise<void> {
    folder = mkdtempSync(join(tmpdir(), 'ldm-x11-clients-'));
    xvfb = await startXvfb({ access });
    pair = await startForwardingPair(await readDisplay({ DISPLAY: xvfb.display, XAUTHORITY: xvfb.xauthority }));
  }

  afterEach(async () => {
    await pair.end();
    xvfb.end();
    rmSync(folder, { recursive: true });
  });

  /** Runs an X client on the server's side, with the cookie that the server was given, or another. */
  async function onServer(command: readonly string[], cookie = pair.asked.cookie): Promise<Outcome> {
    const number = await pair.listen();
    const XAUTHORITY = join(folder, `authority-${number}`);
    execFileSync('xauth', ['-q', '-f', XAUTHORITY, 'add', `127.0.0.1:${number}`, '.', cookie], { stdio: 'pipe' });
    return run(command, { env: { DISPLAY: `127.0.0.1:${number}.0`, XAUTHORITY } });
  }

  it('see the display as its own clients see it', async () => {
    await start('cookie');
    const env = { DISPLAY: xvfb.display, XAUTHORITY: xvfb.xauthority };
    const withoutNames = ({ stdout }: Outcome): string => stdout.replace(/^name of display:.*$|0x[0-9a-f]+/gm, '');
    const there = withoutNames(await run(['xdpyinfo'], { env }));
    expect(there).toContain('dimensions:    1024x768 pixels');
    expect(withoutNames(await onServer(['xdpyinfo']))).toBe(there);
    await pair.forwarding.firstClient;
  });

  it('print why they are refused when they show another cookie', async () => {
    await start('cookie');
    const { code, stderr } = await onServer(['xdpyinfo'], '00'.repeat(16));
    expect(code).not.toBe(0);
    expect(stderr).toContain('this is not the cookie of this session');
    expect(pair.logged.join()).toContain('wrong-cookie');
  });

  it('leave no warning when they have no cookie at all, as PulseAudio at the start of Xfce', async () => {
    await start('cookie');
    const number = await pair.listen();
    const { code } = await run(['xdpyinfo'], { env: { DISPLAY: `127.0.0.1:${number}.0`, XAUTHORITY: '' } });
    expect(code).not.toBe(0);
    expect(pair.logged).toEqual([expect.stringMatching(/^info x11-without-cookie /)]);
  });

  it('are refused with the cookie of the display itself, which nobody on the server can know', async () => {
    await start('cookie');
    const { code, stderr } = await onServer(['xdpyinfo'], xvfb.cookie);
    expect(code).not.toBe(0);
    expect(stderr).toContain('this is not the cookie of this session');
    expect(pair.asked.cookie).not.toBe(xvfb.cookie);
  });

  it('are let into a display that has no cookie, with the cookie of the session only', async () => {
    await start('anybody');
    rmSync(xvfb.xauthority);
    await pair.end();
    const open = await readDisplay({ DISPLAY: xvfb.display, XAUTHORITY: xvfb.xauthority });
    expect(open.cookie).toBeUndefined();
    pair = await startForwardingPair(open);
    expect((await onServer(['xdpyinfo'])).code).toBe(0);
    expect((await onServer(['xdpyinfo'], '00'.repeat(16))).code).not.toBe(0);
  });

  it('draw and read large pictures and hundreds of small answers', async () => {
    await start('cookie');
    const tests = ['-putimage500', '-getimage500', '-prop'];
    const { code, stdout } = await onServer(['x11perf', '-repeat', '1', '-reps', '20', ...tests]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/reps.*PutImage 500x500/);
    expect(stdout).toMatch(/reps.*GetImage 500x500/);
    expect(stdout).toMatch(/reps.*GetProperty/);
  });

  it('lose their connection with the session, and no later', async () => {
    await start('cookie');
    const clock = onServer(['xev', '-root']);
    await pair.forwarding.firstClient;
    pair.forwarding.close();
    const { code, ms } = await clock;
    expect(code).not.toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect((await onServer(['xdpyinfo'])).code).not.toBe(0);
  });
});
