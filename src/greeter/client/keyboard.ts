import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { KeyboardLayout } from '../../protocol/greeter-messages.js';
import type { KeyboardGroup } from '../../session/x11/keyboard.js';
import type { Log } from '../../shared/log.js';
import {
  type KeyboardSetup,
  layoutArguments,
  layoutName,
  layoutsWith,
  offeredLayouts,
  readNames,
  readQuery,
  withVariants,
} from './keyboard-layouts.js';

/** The keyboard as it is: what can be chosen, and what is in force. */
export interface KeyboardState {
  readonly layouts: readonly KeyboardLayout[];
  /** Id of the layout in force. */
  readonly current: string | null;
}

/** Runs a program to its end and gives its standard output; rejects where it fails. No shell reads the arguments. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

export interface KeyboardDependencies {
  readonly run: RunProgram;
  /** The list of layouts with their names for people, as in XKB's `rules/base.lst`; rejects where there is none. */
  readonly names: () => Promise<string>;
  /** Which of the layouts that are set up is in force. */
  readonly group: KeyboardGroup;
  readonly log: Log;
}

/** What the administrator says; what they do not is left as the X server was set up. */
export interface KeyboardWishes {
  /** The layouts that are offered; a plain name means the variant that was set up for it. */
  readonly layouts?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly options?: readonly string[] | undefined;
}

/** LDM_KEYBOARD_LAYOUTS, else LTSP's variables. */
export function keyboardWishes(settings: {
  readonly keyboardLayouts: readonly string[] | undefined;
  readonly xkbLayout: readonly string[] | undefined;
  readonly xkbVariant: readonly string[] | undefined;
  readonly xkbModel: string | undefined;
  readonly xkbOptions: readonly string[] | undefined;
}): KeyboardWishes {
  const { keyboardLayouts, xkbLayout, xkbVariant = [], xkbModel: model, xkbOptions: options } = settings;
  const ofLtsp = xkbLayout && withVariants(xkbLayout, xkbVariant);
  const layouts = keyboardLayouts ? offeredLayouts(keyboardLayouts, ofLtsp ?? []) : ofLtsp;
  return { layouts, model, options };
}

/**
 * The keyboard layouts of the X server, by `setxkbmap`, which every X server brings along. Model, options and variants
 * that it was set up with stay.
 * A layout that is chosen here is in force for the desktop too: it is the X server's.
 */
export class Keyboard {
  #names: ReadonlyMap<string, string> | undefined;
  readonly #wishes: KeyboardWishes;
  readonly #dependencies: KeyboardDependencies;

  constructor(wishes: KeyboardWishes, dependencies: KeyboardDependencies) {
    this.#wishes = wishes;
    this.#dependencies = dependencies;
  }

  /**
   * The state at this moment. Should a layout be in force that the administrator does not offer, the first one that is
   * offered is put in force.
   * @returns undefined where the X server cannot be asked
   */
  async look(): Promise<KeyboardState | undefined> {
    try {
      await this.#setUpWishes();
      const { offered, current } = await this.#read();
      const [first] = offered;
      if (first === undefined) return undefined;
      if (current !== undefined && offered.includes(current)) return await this.#state();
      return await this.choose(first);
    } catch (error) {
      this.#dependencies.log.warn('keyboard-layout-unknown', { problem: problemOf(error) });
      return undefined;
    }
  }

  /** Puts a layout in force, if it is one that is offered. */
  async choose(id: string): Promise<KeyboardState | undefined> {
    try {
      const { offered, current, setup } = await this.#read();
      if (offered.includes(id) && id !== current) {
        await this.#setXkbMap(layoutArguments(layoutsWith(id, this.#wishes.layouts ? offered : setup.layouts)));
        // A key may have switched to another place of the list, where another layout is now.
        await this.#dependencies.group.lock(0).catch(() => {});
      }
      return await this.#state();
    } catch (error) {
      this.#dependencies.log.warn('keyboard-layout-failed', { layout: id, problem: problemOf(error) });
      return undefined;
    }
  }

  /** Calls back when a key or another program has changed it, until the returned function is called. */
  follow(changed: () => void): () => void {
    return this.#dependencies.group.watch(changed);
  }

  /** The state after a key or another program has changed it. Changes nothing itself. */
  async changed(): Promise<KeyboardState | undefined> {
    try {
      return await this.#state();
    } catch (error) {
      this.#dependencies.log.warn('keyboard-layout-unknown', { problem: problemOf(error) });
      return undefined;
    }
  }

  /** What is missing of the administrator's model and options. */
  async #setUpWishes(): Promise<void> {
    const { model, options = [] } = this.#wishes;
    if (model === undefined && options.length === 0) return;
    const setup = await this.#query();
    const missing = options.filter((option) => !setup.options.includes(option));
    const words = [
      ...(model !== undefined && model !== setup.model ? ['-model', model] : []),
      ...(missing.length > 0 ? ['-option', missing.join(',')] : []),
    ];
    if (words.length === 0) return;
    // One that XKB does not know must not cost the layouts.
    await this.#setXkbMap(words).catch((error: unknown) =>
      this.#dependencies.log.warn('keyboard-layout-failed', { words: words.join(' '), problem: problemOf(error) }),
    );
  }

  async #read(): Promise<{ setup: KeyboardSetup; offered: readonly string[]; current: string | undefined }> {
    const setup = await this.#query();
    const { layouts } = this.#wishes;
    const offered = layouts ? offeredLayouts(layouts, setup.layouts) : setup.layouts;
    const group = setup.layouts.length > 1 ? await this.#dependencies.group.read().catch(() => 0) : 0;
    return { setup, offered, current: setup.layouts[group] ?? setup.layouts[0] };
  }

  async #state(): Promise<KeyboardState> {
    const { offered, current } = await this.#read();
    // A key may switch to one that is not offered.
    const shown = current === undefined || offered.includes(current) ? offered : [...offered, current];
    this.#names ??= readNames(await this.#dependencies.names().catch(() => ''));
    const names = this.#names;
    return { layouts: shown.map((id) => ({ id, name: layoutName(id, names) })), current: current ?? null };
  }

  async #query(): Promise<KeyboardSetup> {
    return readQuery(await this.#dependencies.run('setxkbmap', ['-query']));
  }

  async #setXkbMap(words: readonly string[]): Promise<void> {
    await this.#dependencies.run('setxkbmap', words);
  }
}

/** The real programs and files. */
export function keyboardDependencies(group: KeyboardGroup, log: Log): KeyboardDependencies {
  return {
    log,
    group,
    names: () => readFile('/usr/share/X11/xkb/rules/base.lst', 'utf8'),
    run: (file, args) =>
      new Promise((resolve, reject) => {
        execFile(file, args, { timeout: 5_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
      }),
  };
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
