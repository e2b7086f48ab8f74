/** A column of a table for foreign text: it wraps at a given width and never grows beyond it. */
import { Gtk, type Gtk3, getObject } from '../toolkit/gi.js';

export interface WrappedColumn {
  /** @param width at which its text wraps, in pixels */
  wrapAt(width: number): void;
}

/** @param layout has a column with this id, and in it a text cell `ID-text` */
export function wrappedColumn(layout: Gtk3.Builder, id: string): WrappedColumn {
  const column = getObject(layout, id, Gtk.TreeViewColumn);
  const cell = getObject(layout, `${id}-text`, Gtk.CellRendererText);
  return {
    wrapAt(width) {
      if (width === cell.wrapWidth) return;
      cell.wrapWidth = width;
      // A single character can be wider. The column cuts it off, or it would push the buttons off the screen.
      column.setMaxWidth(width + 2 * cell.xpad);
      // Rows measured before may still have room for a line that they no longer need.
      column.queueResize();
    },
  };
}
