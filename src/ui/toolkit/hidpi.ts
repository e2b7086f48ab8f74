/** Doubles the scale on a monitor whose dots are too small to read normal text. */
import * as nodeGtk from 'node-gtk';
import { Gdk } from './gi.js';
import { currentScale } from './monitors.js';

interface X11 {
  readonly X11Display: { readonly prototype: { setWindowScale(scale: number): void } };
}

let scale = 1;

/**
 * To be called before the first window is made, and when the monitors have changed. An administrator who sets GDK_SCALE
 * has decided already.
 * @param environment of this process
 */
export function fitToDensity(environment: Readonly<Record<string, string | undefined>>): void {
  const display = Gdk.Display.getDefault();
  if (display === null || environment.GDK_SCALE !== undefined) return;
  const wanted = currentScale();
  if (wanted === scale) return;
  // Set before the call below, during which GDK reports changed monitors.
  scale = wanted;
  // Rarely needed, so it is loaded here and has no generated types.
  const load = nodeGtk.require as unknown as (namespace: string, version: string) => X11;
  load('GdkX11', '3.0').X11Display.prototype.setWindowScale.call(display, wanted);
}
