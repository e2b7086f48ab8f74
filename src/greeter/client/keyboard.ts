import { readFile } from 'node:fs/promises';
import type { KeyboardLayout } from '../../protocol/greeter-messages.js';
import type { KeyboardGroup } from '../../session/x11/keyboard.js';
import { errorMessage } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import { runProgram } from '../../shared/programs/run-program.js';
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

/** The current state: the layouts to choose from, and the active one. */
export interface KeyboardState {
  readonly layouts: readonly KeyboardLayout[];
  /** Id of the active layout. */
  readonly current: string | null;
}

/** Runs a program without a shell and gives its standard output; rejects where it fails. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

export interface KeyboardDependencies {
  readonly run: RunProgram;
  /** The layouts with their readable names, as in XKB's `rules/base.lst`; rejects where that is missing. */
  readonly names: () => Promise<string>;
  /** Which of the layouts that are set up is active. */
  readonly group: KeyboardGroup;
  readonly log: Log;
}

/** What the administrator has set; everything else stays as the X server has it. */
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
 * The keyboard layouts of the X server, by `setxkbmap`, which comes with every X server. Its model, options and variants
 * stay. A layout that is chosen here stays active in the desktop, since it belongs to the X server.
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
   * The current state. Where the active layout is not offered, the first offered one becomes active.
   * @returns undefined where the X server does not answer
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
      this.#dependencies.log.warn('keyboard-layout-unknown', { problem: errorMessage(error) });
      return undefined;
    }
  }

  /** Makes a layout active, if it is offered. */
  async choose(id: string): Promise<KeyboardState | undefined> {
    try {
      const { offered, current, setup } = await this.#read();
      if (offered.includes(id) && id !== current) {
        await this.#setXkbMap(layoutArguments(layoutsWith(id, this.#wishes.layouts ? offered : setup.layouts)));
        // A key may have switched to another place in the list, where another layout is now.
        await this.#dependencies.group.lock(0).catch(() => {});
      }
      return await this.#state();
    } catch (error) {
      this.#dependencies.log.warn('keyboard-layout-failed', { layout: id, problem: errorMessage(error) });
      return undefined;
    }
  }

  /** Calls back when a key or another program has changed the layout, until the returned function is called. */
  follow(changed: () => void): () => void {
    return this.#dependencies.group.watch(changed);
  }

  /** The state after a key or another program has changed it. Changes nothing. */
  async changed(): Promise<KeyboardState | undefined> {
    try {
      return await this.#state();
    } catch (error) {
      this.#dependencies.log.warn('keyboard-layout-unknown', { problem: errorMessage(error) });
      return undefined;
    }
  }

  /** Sets the administrator's model and options where they are missing. */
  async #setUpWishes(): Promise<void> {
    const { model, options = [] } = this.#wishes;
    if (model === undefined && options.length === 0) return;
    const setup = await this.#query();
    const missing = options.filter((option) => !setup.options.includes(option));
    const args = [
      ...(model !== undefined && model !== setup.model ? ['-model', model] : []),
      ...(missing.length > 0 ? ['-option', missing.join(',')] : []),
    ];
    if (args.length === 0) return;
    // A model or option that XKB does not know must not disable the layouts.
    await this.#setXkbMap(args).catch((error: unknown) =>
      this.#dependencies.log.warn('keyboard-layout-failed', { args: args.join(' '), problem: errorMessage(error) }),
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

  async #setXkbMap(args: readonly string[]): Promise<void> {
    await this.#dependencies.run('setxkbmap', args);
  }
}

/** The real programs and files. */
export function keyboardDependencies(group: KeyboardGroup, log: Log): KeyboardDependencies {
  return {
    log,
    group,
    names: () => readFile('/usr/share/X11/xkb/rules/base.lst', 'utf8'),
    run: async (file, args) => {
      const end = await runProgram(file, args, keyboardProgramRun);
      if (end.problem !== undefined) throw new Error(`${file}: ${end.stderr.trim() || end.problem}`);
      return end.stdout;
    },
  };
}

const keyboardProgramRun = {
  children: 'bound',
  stdout: { maxBytes: 64 * 1024, part: 'all' },
  stderr: { maxBytes: 500, part: 'last' },
  // A slow client with a busy X server takes more than 5 s. Nobody waits for it but the menu of layouts.
  timeoutMs: 20_000,
} as const;
