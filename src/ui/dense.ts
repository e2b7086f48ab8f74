/** Makes everything twice as large on a monitor whose dots are too small to read letters of the usual size. */
import * as nodeGtk from 'node-gtk';
import { Gdk } from './gi.js';
import { scaleFor } from './monitors.js';

interface X11 {
  readonly X11Display: { readonly prototype: { setWindowScale(scale: number): void } };
}

/**
 * To be called before the first window is made. An administrator who sets GDK_SCALE has decided already.
 * @param environment of this process
 */
export function fitToDensity(environment: Readonly<Record<string, string | undefined>>): void {
  const display = Gdk.Display.getDefault();
  const monitor = display?.getPrimaryMonitor() ?? display?.getMonitor(0);
  if (display === null || monitor === null || monitor === undefined || environment.GDK_SCALE !== undefined) return;
  const { width, height } = monitor.getGeometry();
  // Both ways: some monitors tell nonsense of one of them.
  const scale = Math.min(scaleFor(width, monitor.getWidthMm()), scaleFor(height, monitor.getHeightMm()));
  if (scale === 1) return;
  // Loaded at need only, so no types of it are made at the set-up.
  const load = nodeGtk.require as unknown as (namespace: string, version: string) => X11;
  load('GdkX11', '3.0').X11Display.prototype.setWindowScale.call(display, scale);
}
