/** The bottom right corner: host name, address, date and time of this client. */
import type { View } from '../../protocol/greeter-messages.js';
import { GLib, type Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { dateText, isTranslated, t } from '../toolkit/i18n.js';

interface Parts {
  readonly name: Gtk3.Label;
  readonly address: Gtk3.Label;
  readonly date: Gtk3.Label;
  readonly time: Gtk3.Label;
}

export class ClientInfo {
  readonly #parts: Parts;
  #clock: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#tick();
  }

  /** @param clock a strftime format for date and time, or null for the default */
  show(client: View['client'], clock: View['clock']): void {
    if (clock !== this.#clock) {
      this.#clock = clock;
      this.#tick();
    }
    this.#parts.name.setText(client.name);
    this.#parts.address.setText(client.address === null ? '' : `(${client.address})`);
  }

  /** Shows the time, and again when the next minute begins, or the next second where seconds are shown. */
  #tick(): void {
    clearTimeout(this.#timer);
    this.#write();
    const each = this.#clock !== null && /%[-_0^#EO]*[STrscX]/.test(this.#clock) ? 1_000 : 60_000;
    this.#timer = setTimeout(
      guard(() => this.#tick()),
      each - (Date.now() % each) + 5,
    );
  }

  #write(): void {
    const now = GLib.DateTime.newNowLocal();
    if (this.#clock !== null) {
      this.#parts.date.setText('');
      // A format that GLib does not know gives null.
      this.#parts.time.setText(now?.format(this.#clock) ?? now?.format('%H:%M') ?? '');
      return;
    }
    // GLib knows the date formats of installed locales only; Intl knows all, but takes time to load.
    const date = isTranslated() ? dateText(new Date(), process.env) : now?.format('%x');
    this.#parts.date.setText(date === undefined || date === null ? '' : t('{date},', { date }));
    this.#parts.time.setText(now?.format('%H:%M') ?? '');
  }
}
