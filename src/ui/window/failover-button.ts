/** The button that sends the user's answers to another server after the first one has failed. */

import type { View } from '../../protocol/greeter-messages.js';
import type { Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';

export class FailoverButton {
  readonly #button: Gtk3.Button;
  #id: number | null = null;

  constructor(button: Gtk3.Button, confirm: (question: number) => void) {
    this.#button = button;
    button.on(
      'clicked',
      guard(() => {
        if (this.#id !== null) confirm(this.#id);
      }),
    );
  }

  /** Idempotent. */
  show({ failover }: View): void {
    const id = failover?.id ?? null;
    if (id === this.#id) return;
    this.#id = id;
    this.#button.setVisible(id !== null);
    this.focus();
  }

  /** The entry is closed meanwhile, so the button takes the focus: Enter confirms, Escape cancels. */
  focus(): void {
    if (this.#id !== null) this.#button.grabFocus();
  }
}
