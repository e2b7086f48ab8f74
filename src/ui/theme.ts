/** The looks: one style sheet over GTK's own theme. */
import { themeFile } from './data-dir.js';
import { Gdk, Gtk } from './gi.js';

/** @throws Error with file, line and reason for a style sheet that GTK does not understand */
export function loadTheme(name: string): void {
  const screen = Gdk.Screen.getDefault();
  if (screen === null) throw new Error('theme: no screen');
  const sheet = new Gtk.CssProvider();
  sheet.loadFromPath(themeFile(name, 'style.css'));
  Gtk.StyleContext.addProviderForScreen(screen, sheet, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION);
}
