/** The GTK namespaces, their types, and the idioms that node-gtk needs everywhere. */
import { isTranslated, translatedLayout } from './i18n.js';
import './env.js';
import * as nodeGtk from 'node-gtk';
import type * as Gtk3 from '../../../types/Gtk-3.0.js';

export type { Gtk3 };

const gi = nodeGtk.require;
export const Gtk = gi('Gtk', '3.0');
export const Gdk = gi('Gdk', '3.0');
export const GLib = gi('GLib', '2.0');
export const GObject = gi('GObject', '2.0');
// GLib has read it; child processes must not inherit it.
delete process.env.G_SLICE;

/**
 * Defines classes that C may pass to a callback. A class that is first met inside a callback keeps an incomplete
 * prototype until the process ends. Select functions are such callbacks, signal handlers are not.
 */
export function preloadClasses(...classes: readonly unknown[]): void {
  void classes;
}

/** True in the CommonJS bundle, where the loop may be entered directly. */
declare const module: unknown;

/**
 * Runs `start` inside the main loop, which only ends with the process. Must be the last statement of the program: if the
 * loop is entered from a timer or a promise, parts of Node no longer work.
 */
export function runLoop(start: () => void): void {
  const run = (): never => {
    // Entered and left once, so that GLib's loop drives Node's.
    setTimeout(() => Gtk.mainQuit(), 0);
    Gtk.main();
    setTimeout(start, 0);
    // In place of Gtk.main(): node-gtk (4.1, src/loop.cc, loop_source_prepare) creates V8 handles in every iteration,
    // which are freed only when the enclosing call returns. So each iteration is a separate call.
    for (;;) Gtk.mainIterationDo(true);
  };
  if (typeof module === 'object') run();
  else setImmediate(run);
}

/**
 * An object of a layout file.
 * @param kind its class
 * @throws Error naming the id, where the layout has no such object, or it has another class
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
