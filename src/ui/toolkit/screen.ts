/**
 * Size, place and keyboard focus without a window manager. On a thin client's login screen nothing else places windows or
 * sets the focus, and `fullscreen()` and "center on parent" are only requests to a window manager.
 */
import { Gdk, type Gtk3 } from './gi.js';
import { guard } from './guard.js';
import { isRightToLeft } from './i18n.js';
import { type Area, currentPlaces } from './monitors.js';

/**
 * Steps in which text, form and logo grow with the monitor, so that the form has about the same share of every picture.
 * `from` is the number of pixels that a monitor has at least in its shorter direction, `style` a class of the style
 * sheets, `scale` the size of the text there, as a multiple of the usual one.
 */
const sizes = [
  { from: 1_400, style: 'huge', scale: 1.7 },
  { from: 1_000, style: 'large', scale: 1.25 },
  { from: 560, style: 'usual', scale: 1 },
] as const;
/** A smaller monitor has no room for a logo of the usual size. */
const smallest = { style: 'small', scale: 1 } as const;

/** The area that every monitor of the login shows. */
export function monitorArea(): Area {
  return currentPlaces().form;
}

/** Calls back whenever monitors come, go or change their size. */
export function onMonitorChange(callback: () => void): void {
  const screen = Gdk.Screen.getDefault();
  screen?.on('size-changed', guard(callback));
  screen?.on('monitors-changed', guard(callback));
}

/** Covers the whole monitor with the window, and puts its content where all mirrored monitors show it. */
export function cover(window: Gtk3.Window): void {
  fitTextSize(window);
  const { login, form } = currentPlaces();
  const content = window.getChild();
  const [left, top] = [form.x - login.x, form.y - login.y];
  const [right, bottom] = [login.width - left - form.width, login.height - top - form.height];
  content?.setMarginStart(isRightToLeft() ? right : left);
  content?.setMarginEnd(isRightToLeft() ? left : right);
  content?.setMarginTop(top);
  content?.setMarginBottom(bottom);
  window.move(login.x, login.y);
  window.setDefaultSize(login.width, login.height);
  window.resize(login.width, login.height);
}

let isTextLarger = false;

/** Turns larger text on or off; it takes effect when windows are placed. */
export function setLargerText(wanted: 'on' | 'off'): void {
  isTextLarger = wanted === 'on';
}

/** How much larger text is drawn: as the monitor wants it, and by a third more where the user does. */
export function textScale(): number {
  return sizeOfMonitor().scale * (isTextLarger ? 1.33 : 1);
}

function sizeOfMonitor(): (typeof sizes)[number] | typeof smallest {
  const { width, height } = monitorArea();
  return sizes.find(({ from }) => Math.min(width, height) >= from) ?? smallest;
}

/** Centers the dialog on the monitor. @param size wanted size, reduced to fit; null for the size that it needs */
export function center(dialog: Gtk3.Window, size: { width: number; height: number } | null): void {
  fitTextSize(dialog);
  if (size !== null) {
    const { width, height } = fittedSize(size);
    dialog.resize(width, height);
  }
  moveToMiddle(dialog);
}

/**
 * The size that a dialog of this size gets on this monitor. Its own answer would be what its content needs, if that is
 * more, and columns that follow it would never become narrower.
 */
export function fittedSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const area = monitorArea();
  const margin = 24;
  return {
    width: Math.min(Math.round(width * textScale()), area.width - 2 * margin),
    height: Math.min(Math.round(height * textScale()), area.height - 2 * margin),
  };
}

/** Keeps the dialog centered when its size changes. */
export function stayCentered(dialog: Gtk3.Window): void {
  dialog.on(
    'size-allocate',
    guard(() => moveToMiddle(dialog)),
  );
}

function moveToMiddle(dialog: Gtk3.Window): void {
  const area = monitorArea();
  const [width, height] = dialog.getSize();
  dialog.move(area.x + inMiddle(area.width, width), area.y + inMiddle(area.height, height));
}

/**
 * Hides a window from window managers (override-redirect, ICCCM 4.1.10), or no longer. A window manager that starts
 * would frame every window, and show the desktop's windows above ours for a moment.
 */
export function keepFromManagers(window: Gtk3.Window, wanted: boolean): void {
  window.getWindow()?.setOverrideRedirect(wanted);
}

/** Gives the window the X input focus. The window has to be mapped. */
export function takeFocus(window: Gtk3.Window): void {
  window.getWindow()?.focus(Gdk.CURRENT_TIME);
}

/** Sets the arrow pointer in place of the root window's cross. To be called once the window is realized. */
export function useArrow(window: Gtk3.Window): void {
  const display = Gdk.Display.getDefault();
  if (display !== null) window.getWindow()?.setCursor(Gdk.Cursor.newFromName(display, 'default'));
}

function inMiddle(room: number, size: number | null): number {
  return Math.max(0, Math.round((room - (size ?? room)) / 2));
}

/** Gives a window or a menu the style class for the size of this monitor. */
export function fitTextSize(widget: Gtk3.Widget): void {
  const context = widget.getStyleContext();
  const wanted = sizeOfMonitor().style;
  for (const { style } of [...sizes, smallest]) if (style !== wanted) context.removeClass(style);
  context.addClass(wanted);
}
