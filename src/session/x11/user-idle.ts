import { openX11 } from './client.js';
import type { X11Display } from './display-name.js';
import type { X11Cookie } from './xauthority.js';

/** @returns ms since the last use of keyboard or mouse; undefined where the display does not tell. Never rejects. */
export async function userIdleMs(display: X11Display, cookie: X11Cookie | undefined): Promise<number | undefined> {
  try {
    const client = await openX11(display, cookie, () => {});
    return await client.idleMs().finally(() => client.close());
  } catch {
    return undefined;
  }
}
