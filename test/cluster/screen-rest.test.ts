import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDisplay } from '../../src/session/x11/display.js';
import { restScreen } from '../../src/session/x11/screen-rest.js';
import type { Log } from '../../src/shared/log/log.js';
import { requireOrSkip } from '../support/require-or-skip.js';
import { run, until } from './support/run.js';
import { missingPrograms, startXvfb, type Xvfb } from './support/xvfb.js';

requireOrSkip(missingPrograms('Xvfb', 'xset', 'xdotool'), 'The screen at rest', () => {
  let xvfb: Xvfb;
  const warned: string[] = [];
  const log: Log = { error() {}, warn: (event) => void warned.push(event), info() {}, debug() {} };
  beforeEach(async () => {
    xvfb = await startXvfb({ access: 'cookie' });
  });
  afterEach(() => {
    xvfb.end();
    warned.length = 0;
  });

  const env = () => ({ DISPLAY: xvfb.display, XAUTHORITY: xvfb.xauthority });
  const xset = async (...words: readonly string[]): Promise<string> =>
    (await run(['xset', ...words], { env: env() })).stdout;
  const seconds = async (): Promise<number> => Number(/timeout: +(\d+)/.exec(await xset('q'))?.[1]);
  const rest = async (minutes: number, changed: (screen: 'dark' | 'light') => void = () => {}) =>
    restScreen({ ...(await readDisplay(env())), minutes, log }, changed);

  it('goes dark after the minutes that are set, and has its own time again afterwards', async () => {
    await xset('s', '123', '456');
    const stop = await rest(7);
    await until('seven minutes', async () => (await seconds()) === 7 * 60);
    expect(await xset('q')).toMatch(/prefer blanking: +yes/);
    stop();
    await until('the time of before', async () => (await seconds()) === 123);
    expect(await xset('q')).toMatch(/cycle: +456/);
  });

  it('stays light where no minutes are set', async () => {
    const stop = await rest(0);
    await until('no time', async () => (await seconds()) === 0);
    stop();
  });

  it('tells when it goes dark, and when a key makes it light', async () => {
    const told: string[] = [];
    const stop = await rest(1, (screen) => void told.push(screen));
    await until('one minute', async () => (await seconds()) === 60);
    await until('dark', async () => {
      await xset('s', 'activate');
      return told.includes('dark');
    });
    await run(['xdotool', 'key', 'a'], { env: env() });
    await until('light', () => told.at(-1) === 'light');
    stop();
  });

  it('is left alone, with a word in the log, where the X server cannot be asked', async () => {
    const options = { ...(await readDisplay(env())), cookie: undefined, minutes: 1, log };
    const stop = restScreen(options, () => expect.fail('told'));
    await until('the warning', () => warned.includes('screen-rest-failed'));
    stop();
    expect(await seconds()).not.toBe(60);
  });
});
