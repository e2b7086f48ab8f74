/** The button that sends what was typed to another server, when the first has failed with it. */

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

  /** While it is offered there is nothing to type into, so the keyboard belongs to the button: Enter, or Escape. */
  focus(): void {
    if (this.#id !== null) this.#button.grabFocus();
  }
}
