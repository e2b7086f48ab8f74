/** The dialogs `Select Session` and `Select Language`, which choose a row of a list. One dialog for both, built once. */

import type { Option, OptionKind, ToGreeter } from '../../protocol/greeter-messages.js';
import { layoutFile } from '../toolkit/data-dir.js';
import { Gtk, type Gtk3, getObject, loadLayout, preloadClasses } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';
import { center, fittedSize } from '../toolkit/screen.js';
import { setCell } from './cells.js';
import { prepareDialog } from './dialog.js';
import { type WrappedColumn, wrappedColumn } from './wrapped-column.js';

export type Options = Extract<ToGreeter, { type: 'options' }>;

export interface OptionDialogEvents {
  /** The dialog opens: the rows are wanted. */
  opened(kind: OptionKind): void;
  choose(kind: OptionKind, key: string): void;
  /** The dialog is off the screen. */
  closed(): void;
}

const texts: Record<OptionKind, { title: string; list: string }> = {
  session: { title: t('Select Session'), list: t('Sessions') },
  language: { title: t('Select Language'), list: t('Languages') },
};

/** Columns of the store `options` in data/glade/options.glade. */
const column = { label: 0, note: 1 } as const;
const size = { width: 640, height: 440 };
/** In characters, to leave room for the label. */
const maxNoteLength = 48;
/** Share of the dialog's width at which a note wraps. */
const noteShare = 0.45;

export class OptionDialog {
  readonly #dialog: Gtk3.Dialog;
  readonly #heading: Gtk3.Label;
  readonly #view: Gtk3.TreeView;
  readonly #selection: Gtk3.TreeSelection;
  readonly #store: Gtk3.ListStore;
  readonly #note: WrappedColumn;
  readonly #events: OptionDialogEvents;
  readonly #known = new Map<OptionKind, Options>();
  #kind: OptionKind = 'session';
  /** In the order of the list. */
  #rows: readonly Option[] = [];
  /** The row that was selected at the opening. */
  #initial: string | undefined;

  constructor(parent: Gtk3.Window, events: OptionDialogEvents) {
    preloadClasses(Gtk.TreeView, Gtk.TreeSelection, Gtk.TreePath, Gtk.TreeIter, Gtk.TreeViewColumn, Gtk.ListStore);
    const layout = loadLayout(layoutFile('options'));
    this.#events = events;
    this.#dialog = getObject(layout, 'dialog', Gtk.Dialog);
    this.#heading = getObject(layout, 'heading', Gtk.Label);
    this.#view = getObject(layout, 'list', Gtk.TreeView);
    this.#store = getObject(layout, 'options', Gtk.ListStore);
    this.#note = wrappedColumn(layout, 'note');
    this.#selection = this.#view.getSelection();
    this.#selection.setMode(Gtk.SelectionMode.BROWSE);
    this.#view.on(
      'row-activated',
      guard(() => this.#dialog.response(Gtk.ResponseType.OK)),
    );
    prepareDialog(this.#dialog, parent, (answer) => {
      const key = answer === 'ok' ? this.#selected() : undefined;
      this.#dialog.hide();
      if (key !== undefined) events.choose(this.#kind, key);
      events.closed();
    });
  }

  /** Shows the dialog with the current choice. */
  open(kind: OptionKind): void {
    this.#kind = kind;
    const { title, list } = texts[kind];
    this.#dialog.setTitle(title);
    this.#heading.setText(title);
    this.#view.getAccessible().setName(list);
    const known = this.#known.get(kind);
    this.#fill(known?.rows ?? [], known?.chosen);
    this.#initial = this.#selected();
    this.#view.grabFocus();
    this.place();
    this.#dialog.present();
    this.#events.opened(kind);
  }

  /** To be called when the monitor has changed. */
  place(): void {
    center(this.#dialog, size);
    this.#note.wrapAt(Math.round(noteShare * fittedSize(size).width));
  }

  /** Fills the list. The current choice is selected until the user moves. */
  update(options: Options): void {
    this.#known.set(options.kind, options);
    if (!this.#dialog.getVisible() || options.kind !== this.#kind) return;
    const selected = this.#selected();
    const isUntouched = selected === this.#initial;
    if (isUntouched) this.#initial = options.chosen;
    const wanted = isUntouched ? options.chosen : selected;
    if (wanted !== selected || !isSame(options.rows, this.#rows)) this.#fill(options.rows, wanted);
  }

  #fill(rows: readonly Option[], selected: string | undefined): void {
    // Detached, so that the selection does not move over every removed row.
    this.#view.setModel(null);
    this.#store.clear();
    for (const { label, note } of rows) {
      const row = this.#store.append();
      setCell(this.#store, row, column.label, label);
      setCell(
        this.#store,
        row,
        column.note,
        note.length > maxNoteLength ? `${note.slice(0, maxNoteLength)}\u2026` : note,
      );
    }
    this.#view.setModel(this.#store);
    this.#view.setSearchColumn(column.label);
    this.#rows = rows;
    const index = Math.max(
      0,
      rows.findIndex(({ key }) => key === selected),
    );
    this.#view.setCursor(Gtk.TreePath.newFromString(String(index)), null, false);
  }

  #selected(): string | undefined {
    const [found, , iter] = this.#selection.getSelected();
    if (!found) return undefined;
    return this.#rows[Number(this.#store.getStringFromIter(iter))]?.key;
  }
}

function isSame(a: readonly Option[], b: readonly Option[]): boolean {
  return a.length === b.length && a.every(({ key, label }, i) => key === b[i]?.key && label === b[i]?.label);
}
