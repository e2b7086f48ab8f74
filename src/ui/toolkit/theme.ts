/**
 * The looks: a base sheet for all themes, over it the theme's sheet and pictures, and over these the visual aids: high
 * contrast and larger text, which can be turned on and off at any time.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Looks } from '../../protocol/greeter-messages.js';
import { errorMessage } from '../../shared/errors.js';
import { themesFolder } from './data-dir.js';
import { Gdk, Gtk, type Gtk3 } from './gi.js';

/** Used where the configured theme cannot be used. */
const fallback = 'today';

/** What can be turned on over a theme. */
export type VisualAid = 'high-contrast' | 'larger-text';

export class Theme {
  /** Undefined until there is one. */
  #screen: ReturnType<typeof Gdk.Screen.getDefault> | undefined;
  readonly #inUse = new Map<Gtk3.CssProvider, number>();
  #icons: string | undefined;
  readonly #warn: (text: string) => void;
  readonly #aidSheets = new Map<VisualAid, Gtk3.CssProvider>();
  readonly #on = new Set<VisualAid>();

  /**
   * Reads the looks, which needs no display.
   * @param warn gets what cannot be used, and why; a fallback is used instead
   */
  constructor(looks: Looks, warn: (text: string) => void) {
    this.#warn = warn;
    this.#add(this.#sheet(join(themesFolder, 'base.css')), 0);
    if (!this.#use(looks.theme) && looks.theme !== fallback) this.#use(fallback);
    if (looks.contrast === 'high') this.turn('high-contrast', 'on');
    if (looks.textSize === 'larger') this.turn('larger-text', 'on');
  }

  /** Applies the looks. @throws Error where there is no screen */
  apply(): void {
    const screen = Gdk.Screen.getDefault();
    if (screen === null) throw new Error('theme: no screen');
    this.#screen = screen;
    for (const [css, priority] of this.#inUse) Gtk.StyleContext.addProviderForScreen(screen, css, priority);
    if (this.#icons !== undefined) useIcons(this.#icons);
  }

  isOn(aid: VisualAid): boolean {
    return this.#on.has(aid);
  }

  turn(aid: VisualAid, wanted: 'on' | 'off'): void {
    const sheet = this.#aidSheets.get(aid) ?? this.#sheet(join(themesFolder, `${aid}.css`));
    if (sheet === undefined) return;
    this.#aidSheets.set(aid, sheet);
    if (wanted === 'on' && !this.#on.has(aid)) {
      this.#add(sheet, 2);
      this.#on.add(aid);
    } else if (wanted === 'off' && this.#on.delete(aid)) {
      this.#inUse.delete(sheet);
      if (this.#screen) Gtk.StyleContext.removeProviderForScreen(this.#screen, sheet);
    }
  }

  /** @returns whether the theme could be used */
  #use(theme: string): boolean {
    const folder = isAbsolute(theme) ? theme : join(themesFolder, theme);
    if (!existsSync(folder)) {
      this.#warn(`theme ${theme}: there is no folder ${folder}`);
      return false;
    }
    const pictures = pictureRules(folder);
    if (pictures !== '')
      this.#add(
        this.#parsed(`pictures of ${folder}`, (css) => css.loadFromData([...Buffer.from(pictures)])),
        1,
      );
    const sheet = join(folder, 'style.css');
    if (existsSync(sheet)) {
      const provider = this.#sheet(sheet);
      if (provider === undefined) return false;
      this.#add(provider, 1);
    }
    if (existsSync(join(folder, 'icons', 'index.theme'))) this.#icons = folder;
    return true;
  }

  #sheet(file: string): Gtk3.CssProvider | undefined {
    return this.#parsed(file, (css) => css.loadFromPath(file));
  }

  /** A sheet with an error is left out as a whole: half a sheet may hide something important. */
  #parsed(what: string, load: (css: Gtk3.CssProvider) => void): Gtk3.CssProvider | undefined {
    const css = new Gtk.CssProvider();
    try {
      load(css);
      return css;
    } catch (error) {
      this.#warn(`theme: ${what}: ${errorMessage(error)}`);
      return undefined;
    }
  }

  #add(css: Gtk3.CssProvider | undefined, above: number): void {
    if (css === undefined) return;
    const priority = Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION + above;
    this.#inUse.set(css, priority);
    if (this.#screen) Gtk.StyleContext.addProviderForScreen(this.#screen, css, priority);
  }
}

/** Rules for the pictures beside a theme's sheet. */
function pictureRules(folder: string): string {
  const picture = (name: string): string | undefined => {
    const file = ['png', 'jpg', 'svg'].map((kind) => join(folder, `${name}.${kind}`)).find((one) => existsSync(one));
    // Spaces and quotes in a path are encoded.
    return file && `url("${pathToFileURL(file).href}")`;
  };
  const background = picture('background');
  const logo = picture('logo');
  return [
    background && `window#login, window.cover { background-image: ${background}; }`,
    logo && `#logo { background-image: ${logo}; }`,
  ]
    .filter((rule) => rule !== undefined)
    .join('\n');
}

/** A theme's folder `icons` is an icon theme that takes precedence over the system's. */
function useIcons(folder: string): void {
  Gtk.IconTheme.getDefault().prependSearchPath(folder);
  const settings = Gtk.Settings.getDefault();
  if (settings !== null) settings.gtkIconThemeName = 'icons';
}
