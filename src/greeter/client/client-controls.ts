import type { FromGreeter, PowerAction, ToGreeter } from '../../protocol/greeter-messages.js';
import { coalesce } from '../../shared/coalesce.js';
import type { Log } from '../../shared/log/log.js';
import type { AssistiveTools } from './assistive-tools.js';
import type { Keyboard, KeyboardState } from './keyboard.js';

/** ms: a keyboard that is set up changes several times at once. */
const changesTogetherMs = 50;

/** Runs one of the administrator's programs to its end. @returns what went wrong, undefined where nothing did */
export type RunProgram = () => Promise<string | undefined>;

/** One of the administrator's entries in the menu. */
export interface MenuEntry {
  /** With _ before its mnemonic letter. */
  readonly label: string;
  readonly run: RunProgram;
}

/** An item of the menu that runs a program, and why that failed. */
export interface ControlFailure {
  readonly control: { readonly kind: PowerAction } | { readonly kind: 'menu-entry'; readonly label: string };
  readonly problem: string;
}

export interface ClientControlsDependencies {
  readonly keyboard: Keyboard;
  readonly aids: AssistiveTools;
  readonly log: Log;
  readonly menu: readonly MenuEntry[];
  /** Undefined where the administrator forbids it. */
  readonly power: Readonly<Record<PowerAction, RunProgram>> | undefined;
}

export interface ClientControlsEvents {
  send(message: ToGreeter): void;
  failed(failure: ControlFailure): void;
}

/** What the login screen offers besides a login: keyboard layouts, assistive tools, menu entries, power. */
export class ClientControls {
  #dependencies: ClientControlsDependencies;
  readonly #events: ClientControlsEvents;
  #unfollowKeyboard: () => void = () => {};

  constructor(dependencies: ClientControlsDependencies, events: ClientControlsEvents) {
    this.#dependencies = dependencies;
    this.#events = events;
    dependencies.aids.onChange(() => this.#sendAids());
  }

  /** Sends everything to windows that have just started. */
  show(): void {
    this.#sendAids();
    void this.#dependencies.keyboard.look().then((state) => this.#sendKeyboard(state));
    this.#followKeyboard();
  }

  /** Takes up new dependencies. The assistive tools stay the same, since they may be running. */
  use(dependencies: ClientControlsDependencies): void {
    const { keyboard } = this.#dependencies;
    this.#dependencies = dependencies;
    if (dependencies.keyboard === keyboard) return;
    void dependencies.keyboard.look().then((state) => this.#sendKeyboard(state));
    this.#followKeyboard();
  }

  /** @returns whether the message was for this */
  take(message: FromGreeter): boolean {
    switch (message.type) {
      case 'choose-keyboard':
        void this.#dependencies.keyboard.choose(message.layout).then((state) => this.#sendKeyboard(state));
        return true;
      case 'aid':
        if (message.wanted === 'running') this.#dependencies.aids.start(message.aid);
        else this.#dependencies.aids.stop(message.aid);
        return true;
      case 'power': {
        const { action } = message;
        const run = this.#dependencies.power?.[action];
        if (run) void this.#carryOut({ kind: action }, run);
        return true;
      }
      case 'menu': {
        const entry = this.#dependencies.menu[message.entry];
        if (entry) void this.#carryOut({ kind: 'menu-entry', label: entry.label }, entry.run);
        return true;
      }
      default:
        return false;
    }
  }

  /** The desktop takes over, or the greeter ends. */
  leave(): void {
    this.#unfollowKeyboard();
  }

  /** Ends the assistive tools of the login screen. The desktop has its own. */
  stopAids(): void {
    this.#dependencies.aids.stopAll();
  }

  /** A key may switch to another layout at any time. */
  #followKeyboard(): void {
    this.#unfollowKeyboard();
    const { keyboard } = this.#dependencies;
    const look = coalesce(changesTogetherMs, () => void keyboard.changed().then((state) => this.#sendKeyboard(state)));
    this.#unfollowKeyboard = keyboard.follow(look);
  }

  async #carryOut(control: ControlFailure['control'], run: RunProgram): Promise<void> {
    const what = control.kind === 'menu-entry' ? control.label : control.kind;
    this.#dependencies.log.info('menu-command', { what });
    const problem = await run();
    if (problem === undefined) return;
    this.#dependencies.log.error('menu-command-failed', { what, problem });
    this.#events.failed({ control, problem });
  }

  #sendAids(): void {
    this.#events.send({ type: 'aids', aids: [...this.#dependencies.aids.states()] });
  }

  #sendKeyboard(state: KeyboardState | undefined): void {
    if (state === undefined) return;
    this.#events.send({ type: 'keyboard', layouts: [...state.layouts], current: state.current });
  }
}
