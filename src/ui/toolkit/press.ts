/**
 * A click on a button, seen from outside. A program of the frozen desktop that has a menu open holds the pointer's
 * grab: GTK is told of no click then, but the X server still tells where the pointer is and which buttons are down.
 * Pure: what is seen comes in, again and again.
 */
export interface Press {
  /**
   * - `unarmed`: the window has come up under the pointer, and a click may be meant for what was there before
   * - `up`, `on`, `off`: no mouse button is down; one was pressed on the button; one was pressed elsewhere
   */
  readonly at: 'unarmed' | 'up' | 'on' | 'off';
  readonly isClick: boolean;
}

export interface Seen {
  readonly isOver: boolean;
  readonly isDown: boolean;
  /** How long the window has been there, in ms. */
  readonly ms: number;
}

/** The pointer may rest where the window came up; a click after so many ms is meant for it. */
const unarmedMs = 1_500;

export const unarmed: Press = { at: 'unarmed', isClick: false };

export function pressAfter({ at }: Press, { isOver, isDown, ms }: Seen): Press {
  switch (at) {
    case 'unarmed':
      return isDown || (isOver && ms < unarmedMs) ? unarmed : { at: 'up', isClick: false };
    case 'up':
      return { at: isDown ? (isOver ? 'on' : 'off') : 'up', isClick: false };
    case 'on':
      return isDown ? { at, isClick: false } : { at: 'up', isClick: isOver };
    case 'off':
      return { at: isDown ? 'off' : 'up', isClick: false };
  }
}
