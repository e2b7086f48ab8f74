/** Writes cells of a list store through three values that are made once, since each new GObject.Value leaks memory. */
import { GObject, type Gtk3 } from '../toolkit/gi.js';

function makeValue(type: string): InstanceType<typeof GObject.Value> {
  const value = new GObject.Value();
  value.init(GObject.typeFromName(type));
  return value;
}

const text = makeValue('gchararray');
const integer = makeValue('gint');
const truth = makeValue('gboolean');

export type Cell = string | number | boolean;

export function setCell(store: Gtk3.ListStore, row: Gtk3.TreeIter, column: number, cell: Cell): void {
  if (typeof cell === 'string') {
    text.setString(cell);
    store.setValue(row, column, text);
  } else if (typeof cell === 'number') {
    integer.setInt(cell);
    store.setValue(row, column, integer);
  } else {
    truth.setBoolean(cell);
    store.setValue(row, column, truth);
  }
}
