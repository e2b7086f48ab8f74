/** The key or button that wakes a dark screen is meant for nothing else. */
import type { Gtk3 } from './gi.js';
import { guard } from './guard.js';

let isDark = false;

/** @param wanted whether the next key or button is taken away: the screen is dark */
export function takeNextInput(wanted: boolean): void {
  isDark = wanted;
}

/** To be called before anything else listens to the window. */
export function keepWakingInput(window: Gtk3.Window): void {
  const take = guard(() => {
    const wakes = isDark;
    isDark = false;
    return wakes;
  }, false);
  window.on('key-press-event', take);
  window.on('button-press-event', take);
}
