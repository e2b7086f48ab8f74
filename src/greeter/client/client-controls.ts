import type { FromGreeter, PowerAction, ToGreeter } from '../../protocol/greeter-messages.js';
import { gathered } from '../../shared/coalesce.js';
import { t } from '../../shared/i18n.js';
import type { Log } from '../../shared/log.js';
import { cleanLine } from '../../shared/plain-text.js';
import type { Aids } from './assistive-tools.js';
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

export interface SeatTools {
  readonly keyboard: Keyboard;
  readonly aids: Aids;
  readonly log: Log;
  readonly menu: readonly MenuOffer[];
  /** Undefined where the administrator forbids it. */
  readonly power: Readonly<Record<PowerAction, Run>> | undefined;
}

export interface SeatEvents {
  send(message: ToGreeter): void;
  /** Something that the user should read. */
  tell(text: string): void;
}

/** What the place in front of the screen offers besides a login: keyboard layouts, aids, menu entries, power. */
export class Seat {
  private unfollowKeyboard: () => void = () => {};

  constructor(
    private tools: SeatTools,
    private readonly events: SeatEvents,
  ) {
    tools.aids.onChange(() => this.sendAids());
  }

  /** The windows are there, and know nothing. */
  show(): void {
    this.sendAids();
    void this.tools.keyboard.look().then((state) => this.sendKeyboard(state));
    this.followKeyboard();
  }

  /** What is offered from now on. The aids stay those that they were, for they may run. */
  use(tools: SeatTools): void {
    const { keyboard } = this.tools;
    this.tools = tools;
    if (tools.keyboard === keyboard) return;
    void tools.keyboard.look().then((state) => this.sendKeyboard(state));
    this.followKeyboard();
  }

  /** @returns whether the message was for this */
  take(message: FromGreeter): boolean {
    switch (message.type) {
      case 'keyboard':
        void this.tools.keyboard.choose(message.layout).then((state) => this.sendKeyboard(state));
        return true;
      case 'aid':
        if (message.wanted === 'running') this.tools.aids.start(message.aid);
        else this.tools.aids.stop(message.aid);
        return true;
      case 'power': {
        const failed = message.action === 'restart' ? t('The restart failed.') : t('Shutting down failed.');
        const run = this.tools.power?.[message.action];
        if (run) void this.carryOut(message.action, run, failed);
        return true;
      }
      case 'menu': {
        const entry = this.tools.menu[message.entry];
        if (entry) void this.carryOut(entry.label, entry.run, t('{entry} failed.', { entry: plainLabel(entry.label) }));
        return true;
      }
      default:
        return false;
    }
  }

  /** The desktop comes, or the end. */
  leave(): void {
    this.tools.aids.stopAll();
    this.unfollowKeyboard();
  }

  /** A key may switch to another layout at any time. */
  private followKeyboard(): void {
    this.unfollowKeyboard();
    const { keyboard } = this.tools;
    const look = gathered(changesTogetherMs, () => void keyboard.changed().then((state) => this.sendKeyboard(state)));
    this.unfollowKeyboard = keyboard.follow(look);
  }

  private async carryOut(what: string, run: Run, failed: string): Promise<void> {
    this.tools.log.info('menu', { what });
    const problem = await run();
    if (problem === undefined) return;
    this.tools.log.error('menu-failed', { what, problem });
    this.events.tell(`${failed} ${cleanLine(problem)}`);
  }

  private sendAids(): void {
    this.events.send({ type: 'aids', aids: [...this.tools.aids.states()] });
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
