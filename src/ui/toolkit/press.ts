/**
 * Recognizes a click on a button from polled pointer states. If a program of the frozen desktop has an open menu, it
 * holds the pointer grab: GTK gets no clicks then, but the X server still tells pointer position and pressed buttons.
 * Pure.
 */
export interface Press {
  /**
   * - `unarmed`: the window has just appeared, and a click may be meant for what was there before
   * - `up`, `on`, `off`: no mouse button is down; one was pressed on the button; one was pressed elsewhere
   */
  readonly at: 'unarmed' | 'up' | 'on' | 'off';
  readonly isClick: boolean;
}

export interface Seen {
  readonly isOver: boolean;
  readonly isDown: boolean;
  /** Whether the keys are down that ask for the window's keyboard, which nobody does who has not seen it. */
  readonly isAsked: boolean;
  /** How long the window has been shown, in ms. */
  readonly ms: number;
}

/** The window may have appeared under the pointer. A click after this many ms is meant for it. */
const unarmedMs = 1_500;

export const unarmed: Press = { at: 'unarmed', isClick: false };

export function pressAfter({ at }: Press, { isOver, isDown, isAsked, ms }: Seen): Press {
  switch (at) {
    case 'unarmed':
      return isDown || (isOver && !isAsked && ms < unarmedMs) ? unarmed : { at: 'up', isClick: false };
    case 'up':
      return { at: isDown ? (isOver ? 'on' : 'off') : 'up', isClick: false };
    case 'on':
      return isDown ? { at, isClick: false } : { at: 'up', isClick: isOver };
    case 'off':
      return { at: isDown ? 'off' : 'up', isClick: false };
  }
}
