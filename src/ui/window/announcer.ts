/**
 * Tells a screen reader what has happened, wherever the keyboard focus is: a label of the role `alert` is read out when
 * it appears. On the screen it is one empty pixel.
 */
import type { Gtk3 } from '../toolkit/gi.js';

/** ATK_ROLE_ALERT */
const alert = 2;

export class Announcer {
  readonly #label: Gtk3.Label;

  constructor(label: Gtk3.Label) {
    this.#label = label;
    label.getAccessible().accessibleRole = alert;
  }

  say(text: string): void {
    if (text === '') return;
    this.#label.hide();
    // Always one line: more would make the bar taller.
    const line = text.replace(/\n+/g, ' ');
    this.#label.setText(line);
    this.#label.getAccessible().setName(line);
    this.#label.show();
  }
}
