/** The monitors and their use: the login on one, its background on all others. */
import { Gdk, Gtk, type Gtk3 } from './gi.js';

/** An area of the screen, in GTK's pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Places {
  /** The login window's area: the login's monitor, and all monitors that mirror a part of it. */
  readonly login: Area;
  /** The part of it that all these monitors show; everything to read and use is there. */
  readonly form: Area;
  /** The areas that show only the background. */
  readonly covered: readonly Area[];
}

/** The smallest supported screen. */
const smallestRoom = { width: 640, height: 480 };

/**
 * The login goes to the primary monitor, or to the first one. Until somebody arranges them, X mirrors all monitors of a
 * seat, each at its own size; the login then covers all that overlap. A monitor without a picture needs no window.
 * @param primary index in `monitors`, or -1
 * @throws Error where there is no monitor
 */
export function placesOn(monitors: readonly Area[], primary: number): Places {
  const usable = monitors.filter(({ width, height }) => width > 0 && height > 0);
  const wanted = monitors[primary];
  const main = wanted !== undefined && usable.includes(wanted) ? wanted : usable[0];
  if (main === undefined) throw new Error('screen: no monitor');
  const { login, form } = together(main, usable);
  const covered = usable.filter(
    (one, i) => !isWithin(one, login) && usable.findIndex((other) => isWithin(one, other)) === i,
  );
  return { login, form, covered };
}

/** The union of a monitor with all that overlap it, and their intersection. */
function together(main: Area, monitors: readonly Area[]): Pick<Places, 'login' | 'form'> {
  let login = main;
  let form = main;
  for (const one of monitors) {
    const shared = overlap(one, form);
    // Monitors side by side may overlap at an edge, and three may overlap only in pairs: the main one has precedence.
    if (shared === undefined || shared.width < smallestRoom.width || shared.height < smallestRoom.height) continue;
    form = shared;
    const [x, y] = [Math.min(login.x, one.x), Math.min(login.y, one.y)];
    const right = Math.max(login.x + login.width, one.x + one.width);
    const bottom = Math.max(login.y + login.height, one.y + one.height);
    login = { x, y, width: right - x, height: bottom - y };
  }
  return { login, form };
}

function overlap(a: Area, b: Area): Area | undefined {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Dots per inch from which the scale is 2: text would be too small to read. */
const hidpiFrom = 144;
/** A smaller size in mm is a placeholder: projectors and televisions report 16x9 cm and the like. */
const smallestMm = 100;

/** Dots in the shorter direction from which the scale is 2 on every monitor. The next size below is 2560x1600. */
const manyDots = 2_000;

/** Size of a monitor in dots and in mm. */
export interface Density {
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

/**
 * The scale: dots per GTK pixel, 1 or 2. It is 2 on a monitor of very many dots, such as a television, which is looked at
 * from afar. On others it is 2 only where width and height are both dense, since some monitors report a wrong value for
 * one of them, and only where the login still fits.
 * @param room width and height in dots that the login must fit into
 */
export function scaleFor(monitor: Density, room: Pick<Area, 'width' | 'height'>): 1 | 2 {
  const fits = room.width >= 2 * smallestRoom.width && room.height >= 2 * smallestRoom.height;
  const isDense = isFine(monitor.width, monitor.widthMm) && isFine(monitor.height, monitor.heightMm);
  return (fits && isDense) || Math.min(room.width, room.height) >= manyDots ? 2 : 1;
}

function isFine(dots: number, mm: number): boolean {
  return mm >= smallestMm && (dots / mm) * 25.4 >= hidpiFrom;
}

function isWithin(inner: Area, outer: Area): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The places on the current monitors. */
export function currentPlaces(): Places {
  return placesOf(currentMonitors());
}

/** The scale for the current monitors. */
export function currentScale(): 1 | 2 {
  // In dots: whether a monitor is large enough does not depend on the current scale.
  const monitors = currentMonitors().map(({ area, scale, ...rest }) => ({ ...rest, area: times(area, scale) }));
  const main = monitors.find(({ isPrimary }) => isPrimary) ?? monitors[0];
  return main === undefined ? 1 : scaleFor({ ...main.area, ...main.size }, placesOf(monitors).form);
}

function placesOf(monitors: readonly { readonly area: Area; readonly isPrimary: boolean }[]): Places {
  return placesOn(
    monitors.map(({ area }) => area),
    monitors.findIndex(({ isPrimary }) => isPrimary),
  );
}

function times({ x, y, width, height }: Area, factor: number): Area {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
}

function currentMonitors() {
  const display = Gdk.Display.getDefault();
  if (display === null) throw new Error('screen: no display');
  return Array.from({ length: display.getNMonitors() }, (_, i) => {
    const monitor = display.getMonitor(i);
    const { x, y, width, height } = monitor?.getGeometry() ?? { x: 0, y: 0, width: 0, height: 0 };
    return {
      area: { x, y, width, height },
      isPrimary: monitor?.isPrimary() === true,
      size: { widthMm: monitor?.getWidthMm() ?? 0, heightMm: monitor?.getHeightMm() ?? 0 },
      scale: monitor?.getScaleFactor() ?? 1,
    };
  });
}

/** The background on all monitors except the login's. Windows are made once for each and reused. */
export class BackgroundWindows {
  readonly #windows: Gtk3.Window[] = [];

  get windows(): readonly Gtk3.Window[] {
    return this.#windows;
  }

  /** To be called when the login is on the screen, and when monitors have come or gone. */
  place(): void {
    const { covered } = currentPlaces();
    covered.forEach((area, i) => {
      this.#windows[i] ??= newBackgroundWindow();
      const window = this.#windows[i];
      window.move(area.x, area.y);
      window.setDefaultSize(area.width, area.height);
      window.resize(area.width, area.height);
      window.show();
    });
    for (const window of this.#windows.slice(covered.length)) window.hide();
  }
}

function newBackgroundWindow(): Gtk3.Window {
  const window = new Gtk.Window({ type: Gtk.WindowType.TOPLEVEL });
  window.setDecorated(false);
  window.setAcceptFocus(false);
  window.getStyleContext().addClass('cover');
  return window;
}
