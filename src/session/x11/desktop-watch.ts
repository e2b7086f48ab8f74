import { errorMessage } from '../../shared/errors.js';
import type { Log } from '../../shared/log/log.js';
import { openX11, type RootEvent, type X11Client } from './client.js';
import type { X11Display } from './display-name.js';
import type { X11Cookie } from './xauthority.js';

/** Minimum width and height, in pixels, of a window that counts; smaller ones are invisible helpers. */
const minWindowSize = 100;
/** A window that stays open this long, in ms, is the desktop: a program without a window manager. */
const windowStaysMs = 3_000;
/** ms from the first window that a window manager lets appear until it has surely looked at all that were there before. */
const settleMs = 1_000;

export interface DesktopWatchOptions {
  readonly display: X11Display;
  readonly cookie: X11Cookie | undefined;
  /** Whether a window belongs to a client of the session. */
  readonly owns: (window: number) => boolean;
  /** Resolves when the session's first client is connected. It counts as the desktop where the display cannot be watched. */
  readonly firstClient: Promise<void>;
  readonly log: Log;
}

export interface ShownDesktop {
  /**
   * Resolves when the window manager has looked at every window that was there before it: xfwm4 ends when one of them is
   * destroyed meanwhile (BadWindow). Never, where nothing shows that.
   */
  readonly settled: Promise<void>;
}

export interface DesktopWatch {
  /** Resolves when the desktop is on the screen. Never rejects. */
  readonly shown: Promise<ShownDesktop>;
  stop(): void;
}

/**
 * Watches a display for the desktop of a session: its window manager, or a window of the session that stays, as with
 * kiosk programs. Xsession's own first clients (xhost, xrdb) come long before both, on a slow server by 40 s.
 */
export function watchDesktop({ display, cookie, owns, firstClient, log }: DesktopWatchOptions): DesktopWatch {
  const staying = new Map<number, NodeJS.Timeout>();
  let client: X11Client | undefined;
  let over = false;
  let settle: (() => void) | undefined;
  const stop = (): void => {
    over = true;
    client?.close();
    for (const timer of staying.values()) clearTimeout(timer);
    staying.clear();
  };
  const shown = new Promise<ShownDesktop>((resolve) => {
    const isThere = (): void => {
      stop();
      resolve({ settled: Promise.resolve() });
    };
    /** Its window manager has named itself. It looks at the windows next. */
    const isManaged = (): void => {
      if (settle !== undefined) return;
      resolve({
        settled: new Promise((settled) => {
          settle = () => {
            stop();
            setTimeout(settled, settleMs);
          };
        }),
      });
    };
    const goByFirstClient = (problem: string): void => {
      if (over) return;
      log.warn('desktop-watch-failed', { problem });
      void firstClient.then(isThere);
    };
    const forget = (window: number): void => {
      clearTimeout(staying.get(window));
      staying.delete(window);
    };
    const happened = (event: RootEvent, managerCheck: number): void => {
      switch (event.kind) {
        case 'property':
          // EWMH: a window manager names itself on the root window.
          if (event.atom === managerCheck && !event.isDeleted) isManaged();
          return;
        case 'reparented':
          // Window managers without EWMH are recognized by the frames that they put around windows.
          if (!owns(event.window) && !owns(event.parent)) return;
          if (settle) settle();
          else isThere();
          return;
        case 'mapped':
          if (event.isOverrideRedirect || !owns(event.window)) return;
          if (settle) {
            settle();
            return;
          }
          forget(event.window);
          staying.set(
            event.window,
            setTimeout(() => void measure(event.window), windowStaysMs),
          );
          return;
        case 'gone':
          forget(event.window);
          return;
      }
    };
    const measure = async (window: number): Promise<void> => {
      // A window that has just gone has no size.
      const { width, height } = (await client?.sizeOf(window).catch(() => undefined)) ?? { width: 0, height: 0 };
      if (!over && width >= minWindowSize && height >= minWindowSize) isThere();
    };
    const begin = async (): Promise<void> => {
      const opened = await openX11(display, cookie, () => goByFirstClient('the display closed the connection'));
      if (over) {
        opened.close();
        return;
      }
      client = opened;
      const managerCheck = await opened.atom('_NET_SUPPORTING_WM_CHECK');
      opened.watchRoot((event) => happened(event, managerCheck));
    };
    begin().catch((error: unknown) => goByFirstClient(errorMessage(error)));
  });
  return { shown, stop };
}
