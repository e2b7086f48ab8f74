/** Makes everything twice as large on a monitor whose dots are too small to read letters of the usual size. */
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
  // Said before it is done: GDK tells of changed monitors meanwhile.
  scale = wanted;
  // Loaded at need only, so no types of it are made at the set-up.
  const load = nodeGtk.require as unknown as (namespace: string, version: string) => X11;
  load('GdkX11', '3.0').X11Display.prototype.setWindowScale.call(display, wanted);
}
