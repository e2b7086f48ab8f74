/** The window over the whole monitor: question, status, progress, menus, and this client in the corner. */

import type { Aid, AidState, KeyboardLayout, OptionKind, PowerAction, View } from '../../protocol/greeter-messages.js';
import { layoutFile } from '../toolkit/data-dir.js';
import { Gtk, type Gtk3, getObject, loadLayout } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';
import { cover, fitTextSize, takeFocus, useArrow } from '../toolkit/screen.js';
import type { VisualAid } from '../toolkit/theme.js';
import { keepWakingInput } from '../toolkit/waking.js';
import { AccessMenu } from './access-menu.js';
import { Announcer } from './announcer.js';
import { showCapsLock } from './caps-lock.js';
import { Choices } from './choices.js';
import { ClientInfo } from './client-info.js';
import type { Answer } from './entry-state.js';
import { FailoverButton } from './failover-button.js';
import { countdownText, GuestLogin } from './guest-login.js';
import { KeyboardMenu } from './keyboard-menu.js';
import { MenuExtras } from './menu-extras.js';
import { QuestionEntry } from './question-entry.js';
import { StatusText } from './status-text.js';

/** What the user did in the window. */
export interface LoginWindowEvents {
  /** The window is on the screen. */
  shown(): void;
  answer(answer: Answer): void;
  cancel(): void;
  /** Another server may get the user's answers. */
  confirmFailover(question: number): void;
  guest(): void;
  /** A key or a button was pressed while a countdown was shown. */
  userActive(): void;
  selectServer(): void;
  /** What the administrator wants to know is to be shown. */
  details(): void;
  selectOption(kind: OptionKind): void;
  power(action: PowerAction): void;
  /** One of the administrator's menu entries, by its place. */
  menu(entry: number): void;
  /** Another keyboard layout was picked, by its id. */
  keyboard(layout: string): void;
  /** High contrast or larger text was turned on or off. */
  visualAid(aid: VisualAid, wanted: 'on' | 'off'): void;
  aid(aid: Aid, wanted: 'running' | 'stopped'): void;
}

export class LoginWindow {
  readonly window: Gtk3.Window;
  readonly #entry: QuestionEntry;
  readonly #status: StatusText;
  readonly #announcer: Announcer;
  readonly #clientInfo: ClientInfo;
  readonly #keyboard: KeyboardMenu;
  readonly #access: AccessMenu;
  readonly #menus: readonly Gtk3.Menu[];
  readonly #menu: Gtk3.Menu;
  readonly #guest: GuestLogin;
  readonly #extras: MenuExtras;
  readonly #cancel: Gtk3.Button;
  readonly #details: Gtk3.Button;
  readonly #failover: FailoverButton;
  readonly #logIn: Gtk3.Button;
  readonly #user: Gtk3.Label;
  readonly #waiting: Gtk3.Box;
  readonly #waitingText: Gtk3.Label;
  readonly #spinner: Gtk3.Spinner;
  readonly #choices: Choices;
  readonly #optionItems: Readonly<Record<OptionKind, Gtk3.MenuItem>>;

  constructor(isOn: (aid: VisualAid) => boolean, events: LoginWindowEvents) {
    const layout = loadLayout(layoutFile('login'));
    this.window = getObject(layout, 'window', Gtk.Window);
    keepWakingInput(this.window);
    this.#menu = getObject(layout, 'preferences-menu', Gtk.Menu);
    this.#cancel = getObject(layout, 'cancel', Gtk.Button);
    this.#logIn = getObject(layout, 'log-in', Gtk.Button);
    this.#failover = new FailoverButton(getObject(layout, 'try-another', Gtk.Button), (question) =>
      events.confirmFailover(question),
    );
    this.#user = getObject(layout, 'user', Gtk.Label);
    this.#waiting = getObject(layout, 'waiting', Gtk.Box);
    this.#waitingText = getObject(layout, 'waiting-text', Gtk.Label);
    this.#spinner = getObject(layout, 'spinner', Gtk.Spinner);
    this.#choices = new Choices(layout);
    this.#optionItems = {
      session: getObject(layout, 'select-session', Gtk.MenuItem),
      language: getObject(layout, 'select-language', Gtk.MenuItem),
    };
    for (const kind of ['session', 'language'] as const) {
      this.#optionItems[kind].on(
        'activate',
        guard(() => events.selectOption(kind)),
      );
    }
    const reveal = getObject(layout, 'reveal', Gtk.ToggleButton);
    reveal.getAccessible().setName(t('Show Password'));
    this.#entry = new QuestionEntry(
      {
        label: getObject(layout, 'label', Gtk.Label),
        entry: getObject(layout, 'entry', Gtk.Entry),
        button: this.#logIn,
        reveal,
      },
      (answer) => events.answer(answer),
    );
    this.#guest = new GuestLogin(
      {
        window: this.window,
        button: getObject(layout, 'guest', Gtk.Button),
        entry: getObject(layout, 'entry', Gtk.Entry),
        menus: [this.#menu, getObject(layout, 'keyboard-menu', Gtk.Menu)],
      },
      events,
    );
    const status = getObject(layout, 'status', Gtk.TextView);
    this.#announcer = new Announcer(getObject(layout, 'announcement', Gtk.Label));
    this.#status = new StatusText(status, getObject(layout, 'status-frame', Gtk.ScrolledWindow), (text) =>
      this.#announcer.say(text),
    );
    // A click there must not take the focus away from the entry.
    status.on(
      'button-release-event',
      guard(() => {
        this.#entry.focus();
        this.#failover.focus();
        return false;
      }, false),
    );
    this.#clientInfo = new ClientInfo({
      name: getObject(layout, 'client-name', Gtk.Label),
      address: getObject(layout, 'client-address', Gtk.Label),
      date: getObject(layout, 'date', Gtk.Label),
      time: getObject(layout, 'time', Gtk.Label),
    });
    showCapsLock(getObject(layout, 'caps-lock', Gtk.Label));
    const keyboard = getObject(layout, 'keyboard', Gtk.MenuButton);
    keyboard.getAccessible().setName(t('Keyboard Layout'));
    this.#keyboard = new KeyboardMenu(
      {
        button: keyboard,
        short: getObject(layout, 'keyboard-short', Gtk.Label),
        menu: getObject(layout, 'keyboard-menu', Gtk.Menu),
      },
      (id) => events.keyboard(id),
    );
    this.#access = new AccessMenu(layout, isOn, events);
    this.#menus = ['keyboard-menu', 'accessibility-menu'].map((id) => getObject(layout, id, Gtk.Menu));
    const preferences = getObject(layout, 'preferences', Gtk.MenuButton);
    preferences.getAccessible().setName(t('Preferences'));
    getObject(layout, 'select-server', Gtk.MenuItem).on(
      'activate',
      guard(() => events.selectServer()),
    );
    this.#extras = new MenuExtras(
      {
        menu: this.#menu,
        separator: getObject(layout, 'power-separator', Gtk.SeparatorMenuItem),
        power: {
          restart: getObject(layout, 'restart', Gtk.MenuItem),
          'shut-down': getObject(layout, 'shut-down', Gtk.MenuItem),
        },
      },
      events,
    );
    this.#details = getObject(layout, 'details', Gtk.Button);
    this.#details.on(
      'clicked',
      guard(() => events.details()),
    );
    this.#cancel.on(
      'clicked',
      guard(() => events.cancel()),
    );
    // A closed login window would leave an empty screen.
    this.window.on(
      'delete-event',
      guard(() => true, true),
    );
    this.window.on(
      'map-event',
      guard(() => {
        useArrow(this.window);
        this.takeFocus();
        events.shown();
        return false;
      }, false),
    );
  }

  open(): void {
    this.place();
    this.window.show();
  }

  /** To be called when the monitor has changed. */
  place(): void {
    cover(this.window);
    for (const menu of [this.#menu, ...this.#menus]) fitTextSize(menu);
  }

  /** Takes the keyboard focus: at the start, and after every dialog. */
  takeFocus(): void {
    this.window.getStyleContext().removeClass('behind');
    takeFocus(this.window);
    this.#entry.focus();
    this.#failover.focus();
  }

  /** A dialog opens over this window. */
  stepBack(): void {
    this.window.getStyleContext().addClass('behind');
  }

  /** Idempotent: the keyboard layouts, and the active one. */
  showKeyboard(layouts: readonly KeyboardLayout[], current: string | null): void {
    this.#keyboard.show(layouts, current);
  }

  /** Idempotent: the assistive tools, and which of them run. */
  showAids(aids: readonly AidState[]): void {
    this.#access.show(aids);
  }

  /** Idempotent: changes only what differs from the previous view. */
  show(view: View): void {
    const { countdown } = view;
    const waiting = view.waiting ?? (countdown === null ? null : countdownText(countdown));
    // A countdown is announced once, at its start.
    if (view.waiting !== null && view.waiting !== this.#waitingText.getText()) this.#announcer.say(view.waiting);
    else if (waiting !== null && !this.#waiting.getVisible()) this.#announcer.say(waiting);
    this.#waiting.setVisible(waiting !== null);
    this.#waitingText.setText(waiting ?? '');
    this.#spinner.setVisible(view.waiting !== null);
    this.#spinner.active = view.waiting !== null;
    this.#guest.show(view);
    this.#cancel.setVisible(view.cancellable);
    this.#status.show(view.status);
    this.#details.setVisible(view.details.length > 0);
    this.#clientInfo.show(view.client, view.clock);
    this.#choices.show(view);
    this.#optionItems.session.setVisible(view.permitted.session);
    this.#optionItems.language.setVisible(view.permitted.language);
    this.#extras.show(view);
    this.#user.setText(view.user ?? '');
    this.#logIn.setVisible(view.failover === null);
    this.#entry.show(view.question);
    this.#failover.show(view);
  }
}
