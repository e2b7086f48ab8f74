import { openX11, type X11Client } from './client.js';
import type { X11Display } from './display-name.js';
import type { X11Cookie } from './xauthority.js';

/**
 * Notices the end of the X server by its own connection to it. A session that shows nothing at that moment, or whose
 * programs ignore it, would go on without a screen.
 * @param ended called at the end of the X server; never where it refused the connection
 * @returns stops watching
 */
export function watchDisplay(display: X11Display, cookie: X11Cookie | undefined, ended: () => void): () => void {
  let client: X11Client | undefined;
  let isWatched = true;
  const onEnd = (): void => {
    if (isWatched) ended();
  };
  openX11(display, cookie, onEnd).then(
    (opened) => {
      client = opened;
      if (!isWatched) opened.close();
    },
    () => {},
  );
  return () => {
    isWatched = false;
    client?.close();
  };
}
