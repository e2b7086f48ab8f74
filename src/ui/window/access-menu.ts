/** The Accessibility menu in the bar: contrast, text size, and this client's assistive tools. */
import type { Aid, AidState } from '../../protocol/greeter-messages.js';
import { Gdk, Gtk, type Gtk3, getObject } from '../toolkit/gi.js';
import { guard } from '../toolkit/guard.js';
import { t } from '../toolkit/i18n.js';
import type { VisualAid } from '../toolkit/theme.js';

export interface AccessMenuEvents {
  visualAid(aid: VisualAid, wanted: 'on' | 'off'): void;
  aid(aid: Aid, wanted: 'running' | 'stopped'): void;
}

const visualAids: readonly VisualAid[] = ['high-contrast', 'larger-text'];
const aids: readonly Aid[] = ['on-screen-keyboard', 'screen-reader'];

export class AccessMenu {
  readonly #items: ReadonlyMap<string, Gtk3.CheckMenuItem>;
  /** Kept from the garbage collector while the window uses it. */
  readonly #shortcuts = new Gtk.AccelGroup();
  /** The check marks are being set here, not by the user. */
  #isMarking = false;

  /** @param layout has a menu item named after each aid, and the button `accessibility` */
  constructor(layout: Gtk3.Builder, isOn: (aid: VisualAid) => boolean, events: AccessMenuEvents) {
    getObject(layout, 'accessibility', Gtk.MenuButton).getAccessible().setName(t('Accessibility'));
    const item = (id: string, toggled: (isActive: boolean) => void): [string, Gtk3.CheckMenuItem] => {
      const one = getObject(layout, id, Gtk.CheckMenuItem);
      one.on(
        'toggled',
        guard(() => {
          if (!this.#isMarking) toggled(one.getActive());
        }),
      );
      return [id, one];
    };
    this.#items = new Map([
      ...visualAids.map((aid) => item(aid, (isActive) => events.visualAid(aid, isActive ? 'on' : 'off'))),
      ...aids.map((aid) => item(aid, (isActive) => events.aid(aid, isActive ? 'running' : 'stopped'))),
    ]);
    for (const aid of visualAids) this.#mark(aid, isOn(aid));
    // The same keys as in GNOME, for users who cannot see the menu.
    const superAlt = Gdk.ModifierType.SUPER_MASK | Gdk.ModifierType.MOD1_MASK;
    const reader = this.#items.get('screen-reader');
    reader?.addAccelerator('activate', this.#shortcuts, Gdk.KEY_s, superAlt, Gtk.AccelFlags.VISIBLE);
    getObject(layout, 'window', Gtk.Window).addAccelGroup(this.#shortcuts);
  }

  /** Offers the tools of this client, with a check mark at those that run. */
  show(known: readonly AidState[]): void {
    for (const aid of aids) {
      const state = known.find((one) => one.aid === aid);
      this.#items.get(aid)?.setVisible(state !== undefined);
      this.#mark(aid, state?.running === true);
    }
  }

  #mark(id: string, isActive: boolean): void {
    this.#isMarking = true;
    this.#items.get(id)?.setActive(isActive);
    this.#isMarking = false;
  }
}
