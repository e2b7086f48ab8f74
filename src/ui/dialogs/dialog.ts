/** The common part of all dialogs: they are built once, then hidden and shown, and place themselves. */
import { Gtk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { stayCentered, takeFocus, useArrow } from '../toolkit/screen.js';
import { keepWakingInput } from '../toolkit/waking.js';

/**
 * Makes a dialog stay in the middle, take the focus when it appears, and survive when it is closed.
 * @param onResponse called for a button, Escape or a closed window; it has to hide the dialog
 */
export function prepareDialog(
  dialog: Gtk3.Dialog,
  parent: Gtk3.Window,
  onResponse: (answer: 'ok' | 'cancel') => void,
): void {
  dialog.setTransientFor(parent);
  keepWakingInput(dialog);
  stayCentered(dialog);
  dialog.on(
    'response',
    guard((response) => onResponse(response === Gtk.ResponseType.OK ? 'ok' : 'cancel')),
  );
  // By default GTK would destroy it.
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
