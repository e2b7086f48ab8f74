/** A menu is as wide as its longest entry, so foreign entries are cut to fit the smallest screen. */
import { Gtk, type Gtk3 } from '../toolkit/gi.js';

/** In characters of average width. */
const maxWidthChars = 44;
/** Pango.EllipsizeMode.END; nothing else here needs Pango's description. */
const atEnd = 3;

export function boundLabel(item: Gtk3.MenuItem): void {
  const label = item.getChild();
  if (!(label instanceof Gtk.Label)) return;
  label.setEllipsize(atEnd);
  label.setMaxWidthChars(maxWidthChars);
}
