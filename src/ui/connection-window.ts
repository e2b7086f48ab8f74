/** The window over a frozen desktop: how long the server has not answered, and a way to end the session. */
import type { Silence } from '../protocol/connection-messages.js';
import { layoutFile } from './toolkit/data-dir.js';
import { Gdk, Gtk, type Gtk3, getObject, loadLayout } from './toolkit/gi.js';
import { guard } from './toolkit/guard.js';
import { t } from './toolkit/i18n.js';
import { type Press, pressAfter, unarmed } from './toolkit/press.js';
import { center, onMonitorChange, stayCentered, useArrow } from './toolkit/screen.js';

/** Between two polls of the pointer, in ms; a click takes longer. */
const lookEveryMs = 40;
/** Ctrl, Alt and Shift. */
const chord = Gdk.ModifierType.CONTROL_MASK | Gdk.ModifierType.MOD1_MASK | Gdk.ModifierType.SHIFT_MASK;

/**
 * The window manager is usually frozen too, so this window places and raises itself.
 *
 * It does not take the keyboard when it appears: the user may still be typing into their desktop, and none of these keys,
 * Tab and Enter included, must end the session. A click on the window takes the keyboard, or Ctrl, Alt and Shift
 * together, which mean nothing by themselves; Escape gives it back. The keyboard is grabbed and not focused: the focus
 * belongs to the window manager, and stays where it was.
 */
export class ConnectionWindow {
  readonly #window: Gtk3.Window;
  readonly #button: Gtk3.Button;
  readonly #waiting: Gtk3.Label;
  readonly #shownAt = performance.now();
  readonly #silence: Silence;
  readonly #endSession: () => void;
  #press: Press = unarmed;
  #hasKeyboard = false;

  /** @param endSession called when the user does not want to wait any longer */
  constructor(silence: Silence, endSession: () => void) {
    this.#silence = silence;
    this.#endSession = endSession;
    const layout = loadLayout(layoutFile('connection'));
    this.#window = getObject(layout, 'window', Gtk.Window);
    this.#button = getObject(layout, 'end-session', Gtk.Button);
    this.#waiting = getObject(layout, 'waiting', Gtk.Label);
    const { server, giveUpAfterMs } = silence;
    getObject(layout, 'heading', Gtk.Label).setText(t('The server {server} is not answering.', { server }));
    getObject(layout, 'end', Gtk.Label).setText(
      t('The session ends after {time} without an answer. Unsaved work is then lost.', {
        time: clockText(giveUpAfterMs),
      }),
    );
    this.#listen();
  }

  show(): void {
    this.#count();
    stayCentered(this.#window);
    this.#window.realize();
    this.#window.getWindow()?.setOverrideRedirect(true);
    useArrow(this.#window);
    const place = (): void => center(this.#window, null);
    onMonitorChange(place);
    place();
    this.#window.show();
    setInterval(
      guard(() => this.#count()),
      1_000,
    );
    setInterval(
      guard(() => this.#look()),
      lookEveryMs,
    );
  }

  #listen(): void {
    this.#button.on(
      'clicked',
      guard(() => {
        if (this.#press.at !== 'unarmed') this.#endSession();
      }),
    );
    this.#window.on(
      'button-press-event',
      guard(() => {
        this.#takeKeyboard();
        return false;
      }, false),
    );
    this.#window.on(
      'key-press-event',
      // Without a window manager, keys go to the window under the pointer.
      guard((event) => {
        if (this.#hasKeyboard && event.keyval === Gdk.KEY_Escape) this.#giveKeyboardBack();
        return !this.#hasKeyboard;
      }, true),
    );
    this.#window.on(
      'delete-event',
      guard(() => true, true),
    );
  }

  #count(): void {
    const ms = this.#silence.silentMs + performance.now() - this.#shownAt;
    this.#waiting.setText(t('Waiting for {time}...', { time: clockText(ms) }));
    this.#window.getWindow()?.raise();
  }

  /** Polls mouse and modifier keys, also where a frozen program has grabbed them. */
  #look(): void {
    const pointer = Gdk.Display.getDefault()?.getDefaultSeat().getPointer();
    const window = this.#window.getWindow();
    if (!pointer || !window) return;
    const [, x, y, mask] = window.getDevicePosition(pointer);
    const { width, height } = this.#button.getAllocation();
    const [, left, top] = this.#button.translateCoordinates(this.#window, 0, 0);
    const isAsked = (mask & chord) === chord;
    this.#press = pressAfter(this.#press, {
      isOver: x >= left && x < left + width && y >= top && y < top + height,
      isDown: (mask & Gdk.ModifierType.BUTTON1_MASK) !== 0,
      isAsked,
      ms: performance.now() - this.#shownAt,
    });
    if (this.#press.isClick) this.#endSession();
    if (isAsked) this.#takeKeyboard();
  }

  /** Fails while a frozen program has grabbed it; the next attempt may succeed. */
  #takeKeyboard(): void {
    const window = this.#window.getWindow();
    const seat = Gdk.Display.getDefault()?.getDefaultSeat();
    if (this.#hasKeyboard || !window || !seat) return;
    const status = seat.grab(
      window,
      Gdk.SeatCapabilities.KEYBOARD,
      true,
      null,
      null,
      guard(() => {}),
    );
    if (status !== Gdk.GrabStatus.SUCCESS) return;
    this.#hasKeyboard = true;
    this.#button.setCanFocus(true);
    this.#button.grabFocus();
    // GTK draws a focus ring only in windows that have the focus.
    this.#button.getStyleContext().addClass('keyboard');
  }

  #giveKeyboardBack(): void {
    this.#hasKeyboard = false;
    this.#button.getStyleContext().removeClass('keyboard');
    this.#button.setCanFocus(false);
    Gdk.Display.getDefault()?.getDefaultSeat().ungrab();
  }
}

/** Minutes and seconds. */
function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
