/** Which monitors there are, and what each is for: the login on one, its background on all others. */
import { Gdk, Gtk, type Gtk3 } from './gi.js';

/** A place on the screen, in GTK's pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Places {
  /** Where the login window goes. */
  readonly login: Area;
  /** Where nothing but the background is seen. */
  readonly covered: readonly Area[];
}

/**
 * The login goes to the primary monitor, else to the first. A monitor that shows the same as the login's (mirrored) or
 * nothing at all needs no window.
 * @param primary place in `monitors`, or -1
 * @throws Error where there is no monitor
 */
export function placesOn(monitors: readonly Area[], primary: number): Places {
  const usable = monitors.filter(({ width, height }) => width > 0 && height > 0);
  const wanted = monitors[primary];
  const login = wanted !== undefined && usable.includes(wanted) ? wanted : usable[0];
  if (login === undefined) throw new Error('screen: no monitor');
  const covered = usable.filter(
    (one, i) => !isWithin(one, login) && usable.findIndex((other) => isWithin(one, other)) === i,
  );
  return { login, covered };
}

/** Dots to the inch from which every pixel of ours is drawn as four: letters would be too small to read. */
const denseFrom = 144;
/** What is smaller in mm is no monitor's size but a placeholder: projectors and televisions tell 16:9 cm and the like. */
const smallestMm = 100;

/** How many dots GTK's pixel shall be wide and high: 1, or 2 on a dense monitor. */
export function scaleFor(dots: number, mm: number): 1 | 2 {
  return mm >= smallestMm && (dots / mm) * 25.4 >= denseFrom ? 2 : 1;
}

function isWithin(inner: Area, outer: Area): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The monitors at this moment. */
export function currentPlaces(): Places {
  const display = Gdk.Display.getDefault();
  if (display === null) throw new Error('screen: no display');
  const count = display.getNMonitors();
  const monitors = Array.from({ length: count }, (_, i) => {
    const monitor = display.getMonitor(i);
    const { x, y, width, height } = monitor?.getGeometry() ?? { x: 0, y: 0, width: 0, height: 0 };
    return { area: { x, y, width, height }, isPrimary: monitor?.isPrimary() === true };
  });
  return placesOn(
    monitors.map(({ area }) => area),
    monitors.findIndex(({ isPrimary }) => isPrimary),
  );
}

/** The background on all monitors but the login's. Windows are made once for each and used again. */
export class Covers {
  readonly #windows: Gtk3.Window[] = [];

  /** To be called when the login is on the screen, and when monitors have come or gone. */
  place(): void {
    const { covered } = currentPlaces();
    covered.forEach((area, i) => {
      this.#windows[i] ??= newCover();
      const window = this.#windows[i];
      window.move(area.x, area.y);
      window.setDefaultSize(area.width, area.height);
      window.resize(area.width, area.height);
      window.show();
    });
    for (const window of this.#windows.slice(covered.length)) window.hide();
  }
}

function newCover(): Gtk3.Window {
  const window = new Gtk.Window({ type: Gtk.WindowType.TOPLEVEL });
  window.setDecorated(false);
  window.setAcceptFocus(false);
  window.getStyleContext().addClass('cover');
  return window;
}
