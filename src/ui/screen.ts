/**
 * Size, place and keyboard focus without a window manager. Nobody else places windows or hands out the focus on a
 * thin client's login screen, and `fullscreen()` or "centre on parent" are requests to a window manager.
 */
import { Gdk, type Gtk3 } from './gi.js';
import { guard } from './guard.js';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Height in pixels from which letters and logo are drawn larger. */
const largeFrom = 1000;

/** The primary monitor, else the first. */
export function monitorArea(): Area {
  const display = Gdk.Display.getDefault();
  const monitor = display?.getPrimaryMonitor() ?? display?.getMonitor(0);
  if (monitor === null || monitor === undefined) throw new Error('screen: no monitor');
  const { x, y, width, height } = monitor.getGeometry();
  return { x, y, width, height };
}

/** Calls back whenever monitors come, go or change their size. */
export function onMonitorChange(callback: () => void): void {
  const screen = Gdk.Screen.getDefault();
  screen?.on('size-changed', guard(callback));
  screen?.on('monitors-changed', guard(callback));
}

/** Puts the window over the whole monitor. */
export function cover(window: Gtk3.Window): void {
  fitLetters(window);
  const area = monitorArea();
  window.move(area.x, area.y);
  window.setDefaultSize(area.width, area.height);
  window.resize(area.width, area.height);
}

/** How much larger letters are drawn on the monitor: 1 or a quarter more. */
export function letterScale(): number {
  return monitorArea().height >= largeFrom ? 1.25 : 1;
}

/** Puts the dialog into the middle of the monitor, with this size as far as it fits; null: the size it needs. */
export function centre(dialog: Gtk3.Window, size: { width: number; height: number } | null): void {
  fitLetters(dialog);
  if (size !== null) {
    const area = monitorArea();
    const margin = 24;
    dialog.resize(
      Math.min(Math.round(size.width * letterScale()), area.width - 2 * margin),
      Math.min(Math.round(size.height * letterScale()), area.height - 2 * margin),
    );
  }
  moveToMiddle(dialog);
}

/** Keeps the dialog in the middle when it turns out larger or smaller than it was meant to be. */
export function stayCentred(dialog: Gtk3.Window): void {
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

/** Gives the window the X input focus. It has to be mapped. */
export function takeFocus(window: Gtk3.Window): void {
  window.getWindow()?.focus(Gdk.CURRENT_TIME);
}

/** Without this the pointer would show the root window's cross. To be called once the window is realized. */
export function useArrow(window: Gtk3.Window): void {
  const display = Gdk.Display.getDefault();
  if (display !== null) window.getWindow()?.setCursor(Gdk.Cursor.newFromName(display, 'default'));
}

function inMiddle(room: number, size: number | null): number {
  return Math.max(0, Math.round((room - (size ?? room)) / 2));
}

/** Gives a window or a menu its larger letters on a large monitor: the style class `large`. */
export function fitLetters(widget: Gtk3.Widget): void {
  const style = widget.getStyleContext();
  if (letterScale() > 1) style.addClass('large');
  else style.removeClass('large');
}
