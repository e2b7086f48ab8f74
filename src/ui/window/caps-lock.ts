/** Shows a text while Caps Lock is on. GTK's own icon in the entry has no text, and appears only for passwords. */
import { Gdk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';

export function showCapsLock(label: Gtk3.Label): void {
  const display = Gdk.Display.getDefault();
  if (display === null) return;
  const keymap = Gdk.Keymap.getForDisplay(display);
  const show = guard(() => label.setVisible(keymap.getCapsLockState()));
  keymap.on('state-changed', show);
  show();
}
