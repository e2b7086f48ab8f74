import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { difference, isBlank, type Picture, readPicture } from './picture.js';

/** ms between two looks at the screen. */
const lookEvery = 120;
/** So long, in ms, nothing has moved on a screen that is still. */
const stillFor = 400;
/** ms for one call of xdotool or xwd. */
const callTimeout = 10_000;
/** A blinking text cursor has fewer of the pixels, a spinner more. */
const noise = 0.0001;

/** Somebody in front of a screen: presses keys as a keyboard does, and looks. */
export class ScreenDriver {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;

  /** @param environment DISPLAY and XAUTHORITY */
  constructor(environment: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Presses keys one after the other, by the names of xdotool: `Return`, `alt+p`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#call('xdotool', ['key', '--delay', '60', ...keys]);
  }

  async type(text: string): Promise<void> {
    await this.#call('xdotool', ['type', '--delay', '25', '--file', '-'], text);
  }

  /** @returns the windows of exactly this title that are on the screen */
  async windows(title: string): Promise<readonly string[]> {
    const pattern = `^${title.replace(/[.()]/g, '\\$&')}$`;
    // xdotool has exit code 1 where nothing is found.
    const found = await this.#call('xdotool', ['search', '--onlyvisible', '--name', pattern]).catch(
      (error: unknown) => {
        if (isExit(error, 1)) return Buffer.alloc(0);
        throw error;
      },
    );
    return found
      .toString()
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Waits until a window of this title is there and something is drawn in it. */
  async waitForWindow(title: string, timeoutMs: number): Promise<string> {
    return this.#wait(`a window ${JSON.stringify(title)} with something in it`, timeoutMs, async () => {
      const [window] = await this.windows(title);
      if (window === undefined) return undefined;
      // It may go again between the two looks.
      const picture = await this.look(window).catch(() => undefined);
      return picture === undefined || isBlank(picture) ? undefined : window;
    });
  }

  async waitForNoWindow(title: string, timeoutMs: number): Promise<void> {
    await this.#wait(`no window ${JSON.stringify(title)} any more`, timeoutMs, async () =>
      (await this.windows(title)).length === 0 ? true : undefined,
    );
  }

  /** Waits until the screen looks different from the picture, and nothing moves any more. */
  async waitForChange(before: Picture, timeoutMs: number): Promise<Picture> {
    const deadline = performance.now() + timeoutMs;
    await this.#wait('a change on the screen', timeoutMs, async () =>
      difference(before, await this.look()) > noise ? true : undefined,
    );
    return this.waitForStillness(Math.max(1_000, deadline - performance.now()));
  }

  /** Waits until nothing moves on the screen; a text cursor may blink. */
  async waitForStillness(timeoutMs: number): Promise<Picture> {
    let last = await this.look();
    let since = performance.now();
    return this.#wait('a screen that stands still', timeoutMs, async () => {
      const now = await this.look();
      if (difference(last, now) > noise) {
        last = now;
        since = performance.now();
      }
      return performance.now() - since >= stillFor ? now : undefined;
    });
  }

  /** @param window without it the whole screen */
  async look(window?: string): Promise<Picture> {
    return readPicture(await this.#call('xwd', ['-silent', ...(window === undefined ? ['-root'] : ['-id', window])]));
  }

  /** Saves a picture of the whole screen; the file's name says the format. */
  async save(file: string): Promise<void> {
    await this.#call('import', ['-window', 'root', file]);
  }

  /** Ends the program that the window belongs to. */
  async killWindow(window: string): Promise<void> {
    await this.#call('xdotool', ['windowkill', window]);
  }

  async #wait<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
      await sleep(lookEvery, undefined, { signal: this.#signal });
    }
  }

  #call(program: string, args: readonly string[], input = ''): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const options = {
        encoding: 'buffer',
        env: { ...process.env, ...this.#environment },
        maxBuffer: 64 * 1024 * 1024,
        timeout: callTimeout,
        signal: this.#signal,
      } as const;
      const child = execFile(program, args, options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }
}

function isExit(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
