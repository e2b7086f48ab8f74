/** The guest account in the window: its button, and a countdown that stops when the user does anything. */

import type { View } from '../../protocol/greeter-messages.js';
import type { Gtk3 } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { tn } from '../toolkit/i18n.js';

interface Parts {
  readonly window: Gtk3.Window;
  readonly button: Gtk3.Button;
  /** A click into it stops the countdown too. */
  readonly entry: Gtk3.Entry;
  readonly menus: readonly Gtk3.Menu[];
}

export interface GuestLoginEvents {
  guest(): void;
  userActive(): void;
}

export class GuestLogin {
  readonly #button: Gtk3.Button;
  readonly #events: GuestLoginEvents;
  #counting = false;

  constructor({ window, button, entry, menus }: Parts, events: GuestLoginEvents) {
    this.#button = button;
    this.#events = events;
    button.on(
      'clicked',
      guard(() => events.guest()),
    );
    // The window gets keys before the focused widget does, and passes them on.
    const onActivity = guard(() => this.#onActivity(), false);
    window.on('key-press-event', onActivity);
    entry.on('button-press-event', onActivity);
    for (const menu of menus) menu.on('show', onActivity);
  }

  show({ guestButton, countdown }: View): void {
    this.#button.setVisible(guestButton);
    this.#counting = countdown !== null;
  }

  #onActivity(): boolean {
    if (this.#counting) this.#events.userActive();
    this.#counting = false;
    return false;
  }
}

/** The sentence of the countdown. */
export function countdownText(seconds: number): string {
  return tn(
    'Automatic login in {count} second. Press any key to stop it.',
    'Automatic login in {count} seconds. Press any key to stop it.',
    seconds,
  );
}
