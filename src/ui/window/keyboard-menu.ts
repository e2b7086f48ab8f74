/** The keyboard layout in the bar: always visible, and changed with a click or Alt+K. */
import type { KeyboardLayout } from '../../protocol/greeter-messages.js';
import { GLib, Gtk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { boundLabel } from './menu-label.js';

interface Parts {
  readonly button: Gtk3.MenuButton;
  /** Shows the short name, such as `DE`. */
  readonly short: Gtk3.Label;
  readonly menu: Gtk3.Menu;
}

export class KeyboardMenu {
  readonly #parts: Parts;
  readonly #choose: (layout: string) => void;
  #layouts: readonly KeyboardLayout[] = [];
  #items: readonly Gtk3.CheckMenuItem[] = [];
  #current: string | null = null;
  /** The check marks are being set here, not by the user. */
  #isMarking = false;

  constructor(parts: Parts, choose: (layout: string) => void) {
    this.#parts = parts;
    this.#choose = choose;
  }

  /** Idempotent. Without a layout there is nothing to show. */
  show(layouts: readonly KeyboardLayout[], current: string | null): void {
    const { button, short } = this.#parts;
    if (!isSame(layouts, this.#layouts)) this.#fill(layouts);
    this.#current = current;
    const name = nameOf(layouts.find(({ id }) => id === current)) ?? current ?? '';
    short.setText(shortName(current, layouts));
    button.setTooltipText(name);
    // As a property: a method for actions has the same name and shadows this one.
    button.getAccessible().accessibleDescription = name;
    button.setVisible(layouts.length > 0);
    this.#mark();
  }

  /** Makes the items, usually once: the layouts rarely change while the greeter runs. */
  #fill(layouts: readonly KeyboardLayout[]): void {
    for (const item of this.#items) item.destroy();
    this.#layouts = layouts;
    this.#items = layouts.map((layout) => {
      const item = new Gtk.CheckMenuItem({ label: nameOf(layout) ?? layout.id });
      boundLabel(item);
      item.setDrawAsRadio(true);
      item.on(
        'activate',
        guard(() => {
          if (this.#isMarking) return;
          // The check mark moves once the layout has changed.
          this.#mark();
          if (layout.id !== this.#current) this.#choose(layout.id);
        }),
      );
      item.show();
      this.#parts.menu.append(item);
      return item;
    });
  }

  #mark(): void {
    this.#isMarking = true;
    this.#items.forEach((item, i) => {
      item.setActive(this.#layouts[i]?.id === this.#current);
    });
    this.#isMarking = false;
  }
}

/** XKB's catalogs have its names in the user's language. */
function nameOf(layout: KeyboardLayout | undefined): string | null | undefined {
  return layout && GLib.dgettext('xkeyboard-config', layout.name);
}

/** `de(nodeadkeys)` is `DE`, and `DE (nodeadkeys)` where there is another `de`. */
function shortName(id: string | null, layouts: readonly KeyboardLayout[]): string {
  const plain = (text: string): string => text.replace(/\(.*/, '');
  const name = plain(id ?? '');
  const isAmbiguous = layouts.filter((one) => plain(one.id) === name).length > 1;
  return `${name.toUpperCase()} ${isAmbiguous ? (id ?? '').slice(name.length) : ''}`.trim();
}

function isSame(a: readonly KeyboardLayout[], b: readonly KeyboardLayout[]): boolean {
  return a.length === b.length && a.every((one, i) => one.id === b[i]?.id && one.name === b[i]?.name);
}
