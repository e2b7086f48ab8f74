import { Gdk, Gtk, preloadClasses } from '../toolkit/gi.js';

/**
 * Describes what the login window uses, which needs no display: the greeter does it while it waits for its looks and its
 * display. What is not named here is described when it is used.
 */
export function preloadLoginWindow(): void {
  const { Builder, StyleContext, Window, Box, Label, Button, Entry, TextView, ScrolledWindow, Spinner, Menu } = Gtk;
  preloadClasses(Window, Box, Label, Button, Entry, TextView, ScrolledWindow, Spinner, Menu, StyleContext);
  preloadClasses(
    Gtk.ToggleButton,
    Gtk.MenuButton,
    Gtk.MenuItem,
    Gtk.CheckMenuItem,
    Gtk.SeparatorMenuItem,
    Gtk.Settings,
  );
  preloadClasses(Gtk.AccelGroup, Gtk.TextTag, Gdk.Display, Gdk.Screen, Gdk.Monitor, Gdk.Keymap, Gdk.Cursor);
  preloadClasses(Builder.prototype.addFromFile, Builder.prototype.getObject, StyleContext.addProviderForScreen);
}
