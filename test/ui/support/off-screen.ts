/** Finds widgets that a user could not reach, because they are beyond the screen or have no size. */

import { type Accessible, has, placeOf, roleOf, walk } from './accessibility.js';
import type { Size } from './size.js';

const windows = ['frame', 'dialog', 'window', 'menu'];
const buttons = ['push button', 'toggle button', 'check box', 'menu item', 'check menu item', 'radio menu item'];
const fields = ['text', 'password text', 'table', 'tree table'];
const reached = new Set([...windows, ...buttons, ...fields]);

/** @returns a text about each window and each control that is not completely on the screen */
export function offScreen(root: Accessible, screen: Size): string[] {
  return [...walk(root)]
    .filter((one) => reached.has(roleOf(one)) && has(one, 'SHOWING'))
    .map((one) => ({ one, ...placeOf(one) }))
    .filter(
      ({ x, y, width, height }) =>
        x < 0 || y < 0 || width < 1 || height < 1 || x + width > screen.width || y + height > screen.height,
    )
    .map(({ one, x, y, width, height }) => {
      const name = (one.getName() ?? '').slice(0, 20);
      return `${roleOf(one)} "${name}" at ${x},${y} is ${width}x${height}`;
    });
}
