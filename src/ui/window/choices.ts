/** The chosen server, session and language in the bar. Defaults are not shown. */
import type { View } from '../../protocol/greeter-messages.js';
import { Gtk, type Gtk3, getObject } from '../toolkit/gi.js';

const kinds = ['server', 'session', 'language'] as const;

export class Choices {
  readonly #parts: Readonly<Record<(typeof kinds)[number], { readonly box: Gtk3.Box; readonly name: Gtk3.Label }>>;

  /** @param layout has a box `chosen-KIND` and in it a label `chosen-KIND-name` for each */
  constructor(layout: Gtk3.Builder) {
    const part = (kind: (typeof kinds)[number]) => ({
      box: getObject(layout, `chosen-${kind}`, Gtk.Box),
      name: getObject(layout, `chosen-${kind}-name`, Gtk.Label),
    });
    this.#parts = { server: part('server'), session: part('session'), language: part('language') };
  }

  show({ chosenServer, chosenSession, chosenLanguage }: View): void {
    const names = { server: chosenServer, session: chosenSession, language: chosenLanguage };
    for (const kind of kinds) {
      const { box, name } = this.#parts[kind];
      box.setVisible(names[kind] !== null);
      name.setText(names[kind] ?? '');
    }
  }
}
