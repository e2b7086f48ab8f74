/** The table of servers. Rows change while it is shown, and only those can be selected that can be used or switched on. */

import type { ServerRow } from '../../protocol/greeter-messages.js';
import { Gtk, type Gtk3, preloadClasses } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';
import { type Cell, setCell } from './cells.js';
import { cellsOf, column } from './server-cells.js';
import type { WrappedColumn } from './wrapped-column.js';

interface Line {
  readonly iter: Gtk3.TreeIter;
  row: ServerRow;
  cells: readonly Cell[];
}

interface Parts {
  readonly view: Gtk3.TreeView;
  /** Columns as in server-cells.ts. */
  readonly store: Gtk3.ListStore;
  readonly name: WrappedColumn;
  readonly state: WrappedColumn;
}

export class ServerTable {
  readonly #view: Gtk3.TreeView;
  readonly #selection: Gtk3.TreeSelection;
  readonly #store: Gtk3.ListStore;
  readonly #name: WrappedColumn;
  readonly #state: WrappedColumn;
  /** In list order. A row's cell `line` is its index here, however the table is sorted. */
  #lines: readonly Line[] = [];
  /** The server that was selected last. A refresh makes it unusable until it answers; then it is selected again. */
  #wanted: string | null = null;

  /**
   * @param onSelect the selection may have changed
   * @param onActivate a usable row was double-clicked, or Enter pressed on it
   */
  constructor(parts: Parts, onSelect: () => void, onActivate: () => void) {
    // Not at the program's start: only the first dialog needs them.
    preloadClasses(Gtk.TreeView, Gtk.TreeSelection, Gtk.TreePath, Gtk.TreeIter, Gtk.TreeViewColumn, Gtk.ListStore);
    const { view } = parts;
    this.#view = view;
    this.#store = parts.store;
    this.#name = parts.name;
    this.#state = parts.state;
    this.#selection = view.getSelection();
    view.getAccessible().setName(t('Servers'));
    this.#selection.setMode(Gtk.SelectionMode.SINGLE);
    this.#selection.setSelectFunction(
      guard((_selection, _model, path, isSelected) => isSelected || isSelectable(this.#lineAt(path)?.row), false),
    );
    this.#selection.on(
      'changed',
      guard(() => {
        this.#wanted = this.#marked()?.row.name ?? this.#wanted;
        onSelect();
      }),
    );
    view.on(
      'row-activated',
      // Grayed rows are activated too (double click, Enter, screen readers). Enter activates the row under the cursor,
      // which may differ from the selected one.
      guard((path) => {
        const line = this.#lineAt(path);
        if (line?.row.usable !== true) return;
        this.#selection.selectIter(line.iter);
        onActivate();
      }),
    );
  }

  /** The selected server's name, if it is usable now. */
  selected(): string | null {
    const line = this.#marked();
    return line?.row.usable === true ? line.row.name : null;
  }

  /** The selected server's name, if it can be switched on now. */
  asleep(): string | null {
    const line = this.#marked();
    return line?.row.wake === 'possible' ? line.row.name : null;
  }

  /** Starts again. @param name the server to select as soon as it is usable, or null */
  begin(name: string | null): void {
    this.#selection.unselectAll();
    this.#wanted = name;
    const line = name === null ? undefined : this.#lineNamed(name);
    if (line?.row.usable === true) this.#view.setCursor(this.#store.getPath(line.iter), null, false);
  }

  /** Grays the rows. The table can still be scrolled. */
  setSensitive(isSensitive: boolean): void {
    this.#view.setSensitive(isSensitive);
  }

  focus(): void {
    this.#view.grabFocus();
  }

  /** Sets the widths at which names and reasons wrap, in pixels. */
  wrapAt(widths: { readonly name: number; readonly state: number }): void {
    this.#name.wrapAt(widths.name);
    this.#state.wrapAt(widths.state);
  }

  /** Shows the rows in this order, unless the user has sorted them. */
  update(rows: readonly ServerRow[]): void {
    if (rows.length === this.#lines.length && rows.every((row, i) => row.name === this.#lines[i]?.row.name)) {
      this.#refresh(rows);
    } else {
      this.#refill(rows);
    }
    this.#reselect();
  }

  #refresh(rows: readonly ServerRow[]): void {
    const marked = this.#marked();
    rows.forEach((row, i) => {
      const line = this.#lines[i];
      if (line !== undefined) this.#write(line, row);
    });
    if (marked !== undefined && !isSelectable(marked.row)) this.#selection.unselectIter(marked.iter);
  }

  #refill(rows: readonly ServerRow[]): void {
    const wanted = this.#wanted;
    const top = this.#view.getVadjustment()?.getValue() ?? 0;
    // Detached, so that no row is selected just because the one before it goes.
    this.#view.setModel(null);
    this.#store.clear();
    this.#lines = rows.map((row, i) => {
      const line: Line = { iter: this.#store.append(), row, cells: [] };
      setCell(this.#store, line.iter, column.line, i);
      this.#write(line, row);
      return line;
    });
    this.#view.setModel(this.#store);
    this.#view.setSearchColumn(column.name);
    this.#wanted = wanted;
    this.#view.getVadjustment()?.setValue(top);
  }

  #write(line: Line, row: ServerRow): void {
    const cells = cellsOf(row);
    cells.forEach((cell, i) => {
      if (cell !== line.cells[i]) setCell(this.#store, line.iter, i, cell);
    });
    line.row = row;
    line.cells = cells;
  }

  #reselect(): void {
    if (this.#wanted === null || this.#marked() !== undefined) return;
    const line = this.#lineNamed(this.#wanted);
    if (line?.row.usable === true) this.#selection.selectIter(line.iter);
  }

  #marked(): Line | undefined {
    const [found, , iter] = this.#selection.getSelected();
    return found ? this.#lineOf(iter) : undefined;
  }

  #lineNamed(name: string): Line | undefined {
    return this.#lines.find((line) => line.row.name === name);
  }

  #lineAt(path: Gtk3.TreePath): Line | undefined {
    const [found, iter] = this.#store.getIter(path);
    return found ? this.#lineOf(iter) : undefined;
  }

  #lineOf(iter: Gtk3.TreeIter): Line | undefined {
    return this.#lines[this.#store.getValue(iter, column.line).getInt()];
  }
}

function isSelectable(row: ServerRow | undefined): boolean {
  return row !== undefined && (row.usable || row.wake !== 'no');
}
