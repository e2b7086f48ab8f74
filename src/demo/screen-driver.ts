import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { difference, isBlank, type Picture, readPicture } from './picture.js';

/** ms between two pictures of the screen. */
const lookEvery = 120;
/** A screen is still when nothing has changed for this many ms. */
const stillFor = 400;
/** ms for one call of xdotool or xwd. */
const callTimeout = 10_000;
/** The share of pixels that may change on a still screen: more than a blinking cursor, less than a spinner. */
const noise = 0.0001;

/** Uses a screen like a person: presses keys and takes pictures. */
export class ScreenDriver {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;

  /** @param environment DISPLAY and XAUTHORITY */
  constructor(environment: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Presses keys one after the other. Their names are those of xdotool: `Return`, `alt+p`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#call('xdotool', ['key', '--delay', '60', ...keys]);
  }

  async type(text: string): Promise<void> {
    await this.#call('xdotool', ['type', '--delay', '25', '--file', '-'], text);
  }

  /** @returns the ids of the visible windows with exactly this title */
  async windows(title: string): Promise<readonly string[]> {
    const pattern = `^${title.replace(/[.()]/g, '\\$&')}$`;
    // xdotool has exit code 1 without a match.
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

  /** Waits until a window with this title is visible and not blank. */
  async waitForWindow(title: string, timeoutMs: number): Promise<string> {
    return this.#wait(`a window ${JSON.stringify(title)} that is not blank`, timeoutMs, async () => {
      const [window] = await this.windows(title);
      if (window === undefined) return undefined;
      // The window may disappear before the picture.
      const picture = await this.look(window).catch(() => undefined);
      return picture === undefined || isBlank(picture) ? undefined : window;
    });
  }

  async waitForNoWindow(title: string, timeoutMs: number): Promise<void> {
    await this.#wait(`no window ${JSON.stringify(title)} any more`, timeoutMs, async () =>
      (await this.windows(title)).length === 0 ? true : undefined,
    );
  }

  /** Waits until the screen differs from the picture and is still. */
  async waitForChange(before: Picture, timeoutMs: number): Promise<Picture> {
    const deadline = performance.now() + timeoutMs;
    await this.#wait('a change on the screen', timeoutMs, async () =>
      difference(before, await this.look()) > noise ? true : undefined,
    );
    return this.waitForStillness(Math.max(1_000, deadline - performance.now()));
  }

  /** Waits until the screen is still. A text cursor may blink. */
  async waitForStillness(timeoutMs: number): Promise<Picture> {
    let last = await this.look();
    let since = performance.now();
    return this.#wait('a still screen', timeoutMs, async () => {
      const now = await this.look();
      if (difference(last, now) > noise) {
        last = now;
        since = performance.now();
      }
      return performance.now() - since >= stillFor ? now : undefined;
    });
  }

  /** Takes a picture. @param window its id; default: the whole screen */
  async look(window?: string): Promise<Picture> {
    return readPicture(await this.#call('xwd', ['-silent', ...(window === undefined ? ['-root'] : ['-id', window])]));
  }

  /** Saves a picture of the whole screen. The extension of the file selects the format. */
  async save(file: string): Promise<void> {
    await this.#call('import', ['-window', 'root', file]);
  }

  /** Ends the program of the window. */
  async killWindow(window: string): Promise<void> {
    await this.#call('xdotool', ['windowkill', window]);
  }

  async #wait<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() > deadline) throw new Error(`timeout after ${timeoutMs / 1000} s: ${what}`);
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
