import type { FromGreeter, PowerAction, ToGreeter } from '../../protocol/greeter-messages.js';
import { coalesce } from '../../shared/coalesce.js';
import { t } from '../../shared/i18n.js';
import type { Log } from '../../shared/log.js';
import { cleanLine } from '../../shared/plain-text.js';
import type { AssistiveTools } from './assistive-tools.js';
import type { Keyboard, KeyboardState } from './keyboard.js';

/** ms: a keyboard that is set up changes several times at once. */
const changesTogetherMs = 50;

/** Runs a program of the administrator's to its end. @returns what went wrong, undefined where nothing did */
export type Run = () => Promise<string | undefined>;

/** An entry of the administrator's in the menu. */
export interface MenuOffer {
  readonly label: string;
  readonly run: Run;
}

export interface ClientControlsDependencies {
  readonly keyboard: Keyboard;
  readonly aids: AssistiveTools;
  readonly log: Log;
  readonly menu: readonly MenuOffer[];
  /** Undefined where the administrator forbids it. */
  readonly power: Readonly<Record<PowerAction, Run>> | undefined;
}

export interface ClientControlsEvents {
  send(message: ToGreeter): void;
  /** Something that the user should read. */
  tell(text: string): void;
}

/** What the place in front of the screen offers besides a login: keyboard layouts, aids, menu entries, power. */
export class ClientControls {
  private unfollowKeyboard: () => void = () => {};

  constructor(
    private dependencies: ClientControlsDependencies,
    private readonly events: ClientControlsEvents,
  ) {
    dependencies.aids.onChange(() => this.sendAids());
  }

  /** The windows are there, and know nothing. */
  show(): void {
    this.sendAids();
    void this.dependencies.keyboard.look().then((state) => this.sendKeyboard(state));
    this.followKeyboard();
  }

  /** What is offered from now on. The aids stay those that they were, for they may run. */
  use(dependencies: ClientControlsDependencies): void {
    const { keyboard } = this.dependencies;
    this.dependencies = dependencies;
    if (dependencies.keyboard === keyboard) return;
    void dependencies.keyboard.look().then((state) => this.sendKeyboard(state));
    this.followKeyboard();
  }

  /** @returns whether the message was for this */
  take(message: FromGreeter): boolean {
    switch (message.type) {
      case 'keyboard':
        void this.dependencies.keyboard.choose(message.layout).then((state) => this.sendKeyboard(state));
        return true;
      case 'aid':
        if (message.wanted === 'running') this.dependencies.aids.start(message.aid);
        else this.dependencies.aids.stop(message.aid);
        return true;
      case 'power': {
        const failed = message.action === 'restart' ? t('The restart failed.') : t('Shutting down failed.');
        const run = this.dependencies.power?.[message.action];
        if (run) void this.carryOut(message.action, run, failed);
        return true;
      }
      case 'menu': {
        const entry = this.dependencies.menu[message.entry];
        if (entry) void this.carryOut(entry.label, entry.run, t('{entry} failed.', { entry: plainLabel(entry.label) }));
        return true;
      }
      default:
        return false;
    }
  }

  /** The desktop comes, or the end. */
  leave(): void {
    this.dependencies.aids.stopAll();
    this.unfollowKeyboard();
  }

  /** A key may switch to another layout at any time. */
  private followKeyboard(): void {
    this.unfollowKeyboard();
    const { keyboard } = this.dependencies;
    const look = coalesce(changesTogetherMs, () => void keyboard.changed().then((state) => this.sendKeyboard(state)));
    this.unfollowKeyboard = keyboard.follow(look);
  }

  private async carryOut(what: string, run: Run, failed: string): Promise<void> {
    this.dependencies.log.info('menu-command', { what });
    const problem = await run();
    if (problem === undefined) return;
    this.dependencies.log.error('menu-command-failed', { what, problem });
    this.events.tell(`${failed} ${cleanLine(problem)}`);
  }

  private sendAids(): void {
    this.events.send({ type: 'aids', aids: [...this.dependencies.aids.states()] });
  }

  private sendKeyboard(state: KeyboardState | undefined): void {
    if (state === undefined) return;
    this.events.send({ type: 'keyboard', layouts: [...state.layouts], current: state.current });
  }
}

/** Without the mark of its letter. */
function plainLabel(label: string): string {
  return cleanLine(label.replace(/_(.)/g, '$1'));
}
