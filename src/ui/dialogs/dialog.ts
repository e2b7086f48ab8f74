/** What all dialogs have in common: they are built once, then hidden and shown, and place themselves. */
import { Gtk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { stayCentered, takeFocus, useArrow } from '../toolkit/screen.js';

/**
 * Makes a dialog stay in the middle, take the keyboard when it appears, and live on when it is closed.
 * @param onResponse a button, Escape or the closing of the window; it has to hide the dialog
 */
export function prepareDialog(
  dialog: Gtk3.Dialog,
  parent: Gtk3.Window,
  onResponse: (answer: 'ok' | 'cancel') => void,
): void {
  dialog.setTransientFor(parent);
  stayCentered(dialog);
  dialog.on(
    'response',
    guard((response) => onResponse(response === Gtk.ResponseType.OK ? 'ok' : 'cancel')),
  );
  // The default would destroy it.
  dialog.on(
    'delete-event',
    guard(() => true, true),
  );
  dialog.on(
    'map-event',
    guard(() => {
      useArrow(dialog);
      takeFocus(dialog);
      return false;
    }, false),
  );
}
