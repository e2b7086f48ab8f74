/** What an administrator wants to know of a login that does not work. Built once, then hidden and shown. */
import type { View } from '../../protocol/greeter-messages.js';
import { layoutFile } from '../toolkit/data-dir.js';
import { GLib, Gtk, type Gtk3, getObject, loadLayout } from '../toolkit/gi.js';
import { t } from '../toolkit/i18n.js';
import { center } from '../toolkit/screen.js';
import { prepareDialog } from './dialog.js';

const size = { width: 620, height: 360 };

export class DetailsDialog {
  readonly #dialog: Gtk3.Dialog;
  readonly #about: Gtk3.Label;
  readonly #text: Gtk3.TextView;

  /** @param closed called when the dialog is off the screen */
  constructor(parent: Gtk3.Window, closed: () => void) {
    const layout = loadLayout(layoutFile('details'));
    this.#dialog = getObject(layout, 'dialog', Gtk.Dialog);
    this.#about = getObject(layout, 'about', Gtk.Label);
    this.#text = getObject(layout, 'text', Gtk.TextView);
    this.#text.getAccessible().setName(t('Details'));
    prepareDialog(this.#dialog, parent, () => {
      this.#dialog.hide();
      closed();
    });
  }

  /** Shows the client, the time, and the lines. */
  open({ client, details }: Pick<View, 'client' | 'details'>): void {
    const name = client.address === null ? client.name : `${client.name} (${client.address})`;
    // The same in all languages, for the administrator's notes.
    const now = GLib.DateTime.newNowLocal()?.format('%Y-%m-%d %H:%M:%S') ?? '';
    this.#about.setText([name, now].join(', '));
    this.#text.getBuffer().setText(details.join('\n'), -1);
    this.#text.grabFocus();
    this.place();
    this.#dialog.present();
  }

  /** To be called when the monitor has changed. */
  place(): void {
    center(this.#dialog, size);
  }
}
