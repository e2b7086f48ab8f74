/** The GTK namespaces, their types, and the few idioms that node-gtk needs everywhere. */
import { isTranslated, translatedLayout } from './i18n.js';
import './env.js';
import * as nodeGtk from 'node-gtk';
import type * as Gtk3 from '../../../types/Gtk-3.0.js';

export type { Gtk3 };

// Pango's description names HarfBuzz, and all its 464 names would be defined here for nothing. Where its library is not
// installed, as on most machines, GLib would say so on every start.
const { _cache: namespaces } = nodeGtk as unknown as { readonly _cache?: Record<string, object> };
if (namespaces) namespaces.HarfBuzz = {};

const gi = nodeGtk.require;
export const Gtk = gi('Gtk', '3.0');
export const Gdk = gi('Gdk', '3.0');
export const GLib = gi('GLib', '2.0');
export const GObject = gi('GObject', '2.0');
// GLib has read it; programs started from here shall not inherit it.
delete process.env.G_SLICE;

/**
 * Classes that C may hand to a callback have to exist before the first callback: one that is first met inside gets an
 * incomplete prototype for the rest of the process. Signal handlers are not such callbacks, select functions are.
 */
export function preloadClasses(...classes: readonly unknown[]): void {
  void classes;
}

/** True in the CommonJS bundle, where the loop may be entered directly. */
declare const module: unknown;

/**
 * Runs `start` inside the main loop, which ends with the process only. Must be the last statement of the program: the
 * loop entered from a timer or a promise leaves parts of Node dead.
 */
export function runLoop(start: () => void): void {
  const run = (): never => {
    // Left at once: it is what has GLib's loop turn Node's.
    setTimeout(() => Gtk.mainQuit(), 0);
    Gtk.main();
    setTimeout(start, 0);
    // In the place of Gtk.main(). In every turn node-gtk (4.1, src/loop.cc, loop_source_prepare) leaves handles of V8 to
    // the call that it is made in, and they are freed when that returns. So each turn is a call of its own.
    for (;;) Gtk.mainIterationDo(true);
  };
  if (typeof module === 'object') run();
  else setImmediate(run);
}

/**
 * An object of a layout file, of the class that the code relies on.
 * @throws Error naming the id, where the layout has no such object or one of another class
 */
export function getObject<T extends object>(
  builder: Gtk3.Builder,
  id: string,
  kind: abstract new (...args: never[]) => T,
): T {
  const found = builder.getObject(id);
  if (!(found instanceof kind)) throw new Error(`layout: no ${kind.name} "${id}"`);
  return found;
}

/** @throws Error with line and reason for a broken layout (Builder.newFromFile would end the process instead) */
export function loadLayout(file: string): Gtk3.Builder {
  const builder = new Gtk.Builder();
  if (isTranslated()) builder.addFromString(translatedLayout(file), -1);
  else builder.addFromFile(file);
  return builder;
}
