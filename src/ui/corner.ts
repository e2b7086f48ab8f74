/** The corner bottom right: host name, address, date and time of this client. */
import type { View } from '../greeter/messages.js';
import { GLib, type Gtk3 } from './gi.js';
import { guard } from './guard.js';
import { dateText, isTranslated } from './words.js';

interface Parts {
  readonly name: Gtk3.Label;
  readonly address: Gtk3.Label;
  readonly date: Gtk3.Label;
  readonly time: Gtk3.Label;
}

export class Corner {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#tick();
  }

  show(client: View['client']): void {
    this.#parts.name.setText(client.name);
    this.#parts.address.setText(client.address === null ? '' : `(${client.address})`);
  }

  /** Shows the time and comes again when the next minute begins. */
  #tick(): void {
    const now = GLib.DateTime.newNowLocal();
    // GLib knows the date of a locale that is installed here; Intl knows all, but takes its time to load.
    const date = isTranslated() ? dateText(new Date(), process.env) : now?.format('%x');
    this.#parts.date.setText(date === undefined || date === null ? '' : `${date},`);
    this.#parts.time.setText(now?.format('%H:%M') ?? '');
    const untilNextMinute = 60_000 - (Date.now() % 60_000);
    setTimeout(
      guard(() => this.#tick()),
      untilNextMinute + 5,
    );
  }
}
