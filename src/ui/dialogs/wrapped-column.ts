/** A column of a table whose text comes from elsewhere: it wraps, and is never wider than it was told to be. */
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
      // One letter can be wider than that; the column cuts it off, where it would push the buttons off the screen.
      column.setMaxWidth(width + 2 * cell.xpad);
      // Rows that were measured before have room for a line that they no longer need.
      column.queueResize();
    },
  };
}
