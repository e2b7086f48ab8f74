/** Asks before the client is restarted or shut down. One dialog for both, built once. */

import type { PowerAction } from '../../protocol/greeter-messages.js';
import { layoutFile } from '../toolkit/data-dir.js';
import { Gtk, type Gtk3, getObject, loadLayout } from '../toolkit/gi.js';
import { t } from '../toolkit/i18n.js';
import { center } from '../toolkit/screen.js';
import { prepareDialog } from './dialog.js';

const texts: Record<PowerAction, { question: string; button: string }> = {
  restart: { question: t('Restart this computer?'), button: t('_Restart') },
  'shut-down': { question: t('Shut down this computer?'), button: t('Shut _Down') },
};

export interface PowerDialogEvents {
  confirmed(action: PowerAction): void;
  /** The dialog is off the screen. */
  closed(): void;
}

export class PowerDialog {
  readonly #dialog: Gtk3.Dialog;
  readonly #question: Gtk3.Label;
  readonly #confirm: Gtk3.Button;
  readonly #cancel: Gtk3.Button;
  #action: PowerAction = 'restart';

  constructor(parent: Gtk3.Window, events: PowerDialogEvents) {
    const layout = loadLayout(layoutFile('power'));
    this.#dialog = getObject(layout, 'dialog', Gtk.Dialog);
    this.#question = getObject(layout, 'question', Gtk.Label);
    this.#confirm = getObject(layout, 'confirm', Gtk.Button);
    this.#cancel = getObject(layout, 'cancel', Gtk.Button);
    prepareDialog(this.#dialog, parent, (answer) => {
      this.#dialog.hide();
      if (answer === 'ok') events.confirmed(this.#action);
      events.closed();
    });
  }

  open(action: PowerAction): void {
    this.#action = action;
    const { question, button } = texts[action];
    this.#dialog.setTitle(question);
    this.#question.setText(question);
    this.#confirm.setLabel(button);
    // An accidental Enter must not switch the machine off.
    this.#cancel.grabFocus();
    this.place();
    this.#dialog.present();
  }

  /** To be called when the monitor has changed. */
  place(): void {
    center(this.#dialog, null);
  }
}
