import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDisplay } from '../../src/session/x11/display.js';
import { userIdleMs } from '../../src/session/x11/user-idle.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run, until } from './support/run.js';
import { missingPrograms, startXvfb, type Xvfb } from './support/xvfb.js';

requireOrSkip(missingPrograms('Xvfb', 'xauth', 'xdotool'), 'the time since a display was used', () => {
  let xvfb: Xvfb;
  beforeAll(async () => {
    xvfb = await startXvfb();
  });
  afterAll(() => xvfb?.end());

  it('grows until somebody presses a key', async () => {
    const env = { DISPLAY: xvfb.display, XAUTHORITY: xvfb.xauthority };
    const { display, cookie } = await readDisplay(env);
    const idle = async (): Promise<number> => (await userIdleMs(display, cookie)) ?? Number.NaN;
    await until('a second without a key', async () => (await idle()) > 1_000, 20_000);
    await run(['xdotool', 'key', 'a'], { env });
    await until('the key', async () => (await idle()) < 1_000);
    expect(await userIdleMs(display, undefined)).toBeUndefined();
  });
});
