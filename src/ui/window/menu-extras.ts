/** The parts of the Preferences menu that depend on the settings: the administrator's entries, restart, shut down. */
import type { PowerAction, View } from '../../protocol/greeter-messages.js';
import { Gtk, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { boundLabel } from './menu-label.js';

interface Parts {
  readonly menu: Gtk3.Menu;
  /** After the administrator's entries, before restart and shut down. */
  readonly separator: Gtk3.SeparatorMenuItem;
  readonly power: Readonly<Record<PowerAction, Gtk3.MenuItem>>;
}

export interface MenuExtrasEvents {
  power(action: PowerAction): void;
  menu(entry: number): void;
}

export class MenuExtras {
  readonly #parts: Parts;
  readonly #events: MenuExtrasEvents;
  #built = false;

  constructor(parts: Parts, events: MenuExtrasEvents) {
    this.#parts = parts;
    this.#events = events;
    for (const action of ['restart', 'shut-down'] as const) {
      parts.power[action].on(
        'activate',
        guard(() => events.power(action)),
      );
    }
  }

  /** Idempotent. The entries are the same in every view, and are built once. */
  show({ menuEntries, permitted }: View): void {
    const { separator, power } = this.#parts;
    separator.setVisible(permitted.power);
    for (const item of Object.values(power)) item.setVisible(permitted.power);
    if (!this.#built) this.#build(menuEntries);
  }

  #build(labels: readonly string[]): void {
    this.#built = true;
    const { menu, separator } = this.#parts;
    const before = menu.getChildren().indexOf(separator);
    for (const [entry, label] of labels.entries()) {
      const item = Gtk.MenuItem.newWithMnemonic(label);
      boundLabel(item);
      item.on(
        'activate',
        guard(() => this.#events.menu(entry)),
      );
      item.show();
      menu.insert(item, before + entry);
    }
  }
}
