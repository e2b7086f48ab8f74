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
  /** Where the login window goes: over the login's monitor, and all that show some of the same. */
  readonly login: Area;
  /** The part of it that each of these monitors shows: all that is to be read and used belongs there. */
  readonly form: Area;
  /** Where nothing but the background is seen. */
  readonly covered: readonly Area[];
}

/** The smallest screen that the windows are made for. */
const smallestRoom = { width: 640, height: 480 };

/**
 * The login goes to the primary monitor, else to the first. X shows the same on all monitors of a seat until somebody
 * arranges them, and each at its own size: the login is then for all that overlap. A monitor that shows nothing at all
 * needs no window.
 * @param primary place in `monitors`, or -1
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

/** The monitor with all that overlap it: what they show together, and what each of them shows. */
function together(main: Area, monitors: readonly Area[]): Pick<Places, 'login' | 'form'> {
  let login = main;
  let form = main;
  for (const one of monitors) {
    const shared = overlap(one, form);
    // Monitors side by side may overlap by an edge, and three in pairs alone: the main one comes first then.
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

/** Dots to the inch from which every pixel of ours is drawn as four: letters would be too small to read. */
const hidpiFrom = 144;
/** What is smaller in mm is no monitor's size but a placeholder: projectors and televisions tell 16:9 cm and the like. */
const smallestMm = 100;

/** A monitor of so many dots, whose picture is so many mm large. */
export interface Density {
  readonly width: number;
  readonly height: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

/**
 * How many dots GTK's pixel shall be wide and high: 1, or 2 on a dense monitor. Both ways, for some monitors tell
 * nonsense of one of them; and never so large that the login does not fit any more.
 * @param room width and height in dots where the login must fit
 */
export function scaleFor(monitor: Density, room: Pick<Area, 'width' | 'height'>): 1 | 2 {
  const fits = room.width >= 2 * smallestRoom.width && room.height >= 2 * smallestRoom.height;
  const isDense = isFine(monitor.width, monitor.widthMm) && isFine(monitor.height, monitor.heightMm);
  return fits && isDense ? 2 : 1;
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

/** The monitors at this moment. */
export function currentPlaces(): Places {
  return placesOf(currentMonitors());
}

/** How many dots GTK's pixel shall be wide and high on the monitors of this moment. */
export function currentScale(): 1 | 2 {
  // In dots: whether a monitor is large enough does not depend on the scale of now.
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

/** The background on all monitors but the login's. Windows are made once for each and used again. */
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
