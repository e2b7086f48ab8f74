/**
 * Keys by their place on the keyboard. xdotool restores the keyboard layout around each key that it sends, so it cannot
 * press a key that switches the layout.
 */
import { openX11 } from '../../../src/session/x11/client.js';
import { readDisplay } from '../../../src/session/x11/display.js';
import type { Desktop } from './desktop.js';

/** FakeInput of the XTEST extension, and its types of event. */
const fakeInput = 2;
const keyPress = 2;
const keyRelease = 3;

/** Evdev's keycodes, as X counts them. */
export const keycode = { alt: 64, shift: 50, semicolon: 47 } as const;

/** Presses keys together and releases them. */
export async function pressTogether(desktop: Desktop, ...codes: readonly number[]): Promise<void> {
  const { display, cookie } = await readDisplay(desktop.env);
  const client = await openX11(display, cookie, () => {});
  try {
    const extension = await client.extension('XTEST');
    if (extension === undefined) throw new Error('the screen has no XTEST');
    const send = (type: number, code: number): void => {
      const packet = Buffer.alloc(36);
      packet.writeUInt8(extension.opcode, 0);
      packet.writeUInt8(fakeInput, 1);
      packet.writeUInt16LE(packet.length / 4, 2);
      packet.writeUInt8(type, 4);
      packet.writeUInt8(code, 5);
      client.send(packet);
    };
    for (const code of codes) send(keyPress, code);
    for (const code of codes.toReversed()) send(keyRelease, code);
    // A request with a reply, after which all earlier ones are done.
    await client.atom('PRIMARY');
  } finally {
    client.close();
  }
}
