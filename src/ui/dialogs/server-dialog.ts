/** The dialog `Select Server`: automatic, or a server of the table. Built once, then hidden and shown. */
import type { ServerChoice, ToGreeter } from '../../protocol/greeter-messages.js';
import { layoutFile } from '../toolkit/data-dir.js';
import { Gtk, type Gtk3, getObject, loadLayout } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { center, fittedSize, textScale } from '../toolkit/screen.js';
import { prepareDialog } from './dialog.js';
import { ServerTable } from './server-table.js';
import { wrappedColumn } from './wrapped-column.js';

type Servers = Extract<ToGreeter, { type: 'servers' }>;

/** What the user did in the dialog. */
export interface ServerDialogEvents {
  /** Ask every server now. */
  refresh(): void;
  choose(choice: ServerChoice): void;
  /** Switch a server on. */
  wake(name: string): void;
  /** The dialog is off the screen. */
  closed(): void;
}

const size = { width: 720, height: 500 };
/**
 * Pixels of the other columns and the frame, so that reasons wrap inside the dialog. Half of them grow with the text
 * size.
 */
const besideState = (): number => 230 + 230 * textScale();
/** Pixels at which names wrap: nearly all names fit, and on a small monitor the other columns need the room. */
const nameWidth = (dialog: number): number => Math.round(Math.min(190 * textScale(), 0.27 * dialog));

export class ServerDialog {
  readonly #dialog: Gtk3.Dialog;
  readonly #automatic: Gtk3.ToggleButton;
  readonly #asking: Gtk3.Widget;
  readonly #spinner: Gtk3.Spinner;
  readonly #wake: Gtk3.Button;
  readonly #table: ServerTable;
  readonly #events: ServerDialogEvents;
  #servers: Servers = { type: 'servers', choice: { mode: 'automatic' }, asking: false, rows: [] };

  constructor(parent: Gtk3.Window, events: ServerDialogEvents) {
    const layout = loadLayout(layoutFile('servers'));
    this.#events = events;
    this.#dialog = getObject(layout, 'dialog', Gtk.Dialog);
    this.#automatic = getObject(layout, 'automatic', Gtk.CheckButton);
    this.#asking = getObject(layout, 'asking', Gtk.Box);
    this.#spinner = getObject(layout, 'spinner', Gtk.Spinner);
    this.#table = new ServerTable(
      {
        view: getObject(layout, 'table', Gtk.TreeView),
        store: getObject(layout, 'servers', Gtk.ListStore),
        name: wrappedColumn(layout, 'name'),
        state: wrappedColumn(layout, 'state'),
      },
      () => this.#settle(),
      () => this.#dialog.response(Gtk.ResponseType.OK),
    );
    prepareDialog(this.#dialog, parent, (answer) => this.#close(answer));
    this.#wake = getObject(layout, 'wake', Gtk.Button);
    this.#wake.on(
      'clicked',
      guard(() => {
        const name = this.#table.asleep();
        if (name !== null) events.wake(name);
      }),
    );
    this.#automatic.on(
      'toggled',
      guard(() => this.#settle()),
    );
    getObject(layout, 'refresh', Gtk.Button).on(
      'clicked',
      guard(() => events.refresh()),
    );
  }

  /** Shows the dialog with the current choice, and asks for a refresh. */
  open(): void {
    const { choice } = this.#servers;
    this.#automatic.setActive(choice.mode === 'automatic');
    this.#table.begin(choice.mode === 'server' ? choice.name : null);
    this.#settle();
    if (choice.mode === 'automatic') this.#automatic.grabFocus();
    else this.#table.focus();
    this.place();
    this.#dialog.present();
    this.#events.refresh();
  }

  /** To be called when the monitor has changed. */
  place(): void {
    center(this.#dialog, size);
    const { width } = fittedSize(size);
    this.#table.wrapAt({ name: nameWidth(width), state: Math.max(110, Math.round(width - besideState())) });
  }

  /** Fills the table. A changed choice is shown when the dialog opens next, so that the user's selection stays. */
  update(servers: Servers): void {
    this.#servers = servers;
    this.#table.update(servers.rows);
    this.#asking.setVisible(servers.asking);
    this.#spinner.active = servers.asking;
    this.#settle();
  }

  #settle(): void {
    const automatic = this.#automatic.getActive();
    this.#table.setSensitive(!automatic);
    this.#wake.setVisible(this.#servers.rows.some(({ wake }) => wake !== 'no'));
    this.#wake.setSensitive(!automatic && this.#table.asleep() !== null);
    this.#dialog.setResponseSensitive(Gtk.ResponseType.OK, automatic || this.#table.selected() !== null);
  }

  #close(answer: 'ok' | 'cancel'): void {
    const choice = answer === 'ok' ? this.#chosen() : null;
    // OK without a usable choice can come from the accessibility bus; the dialog stays.
    if (answer === 'ok' && choice === null) return;
    this.#dialog.hide();
    if (choice !== null) this.#events.choose(choice);
    this.#events.closed();
  }

  #chosen(): ServerChoice | null {
    if (this.#automatic.getActive()) return { mode: 'automatic' };
    const name = this.#table.selected();
    return name === null ? null : { mode: 'server', name };
  }
}
