/**
 * The looks: one sheet for all themes, the theme's own sheet and pictures over it, and over these what visualAids the eyes:
 * high contrast and larger letters, each turned on and off at any time.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Looks } from '../../protocol/greeter-messages.js';
import { themesFolder } from './data-dir.js';
import { Gdk, Gtk, type Gtk3 } from './gi.js';

/** The theme in whose place another one comes that cannot be used. */
const fallback = 'today';

/** What can be turned on over a theme. */
export type VisualAid = 'high-contrast' | 'larger-text';

export class Theme {
  readonly #screen: NonNullable<ReturnType<typeof Gdk.Screen.getDefault>>;
  readonly #warn: (text: string) => void;
  readonly #visualAids = new Map<VisualAid, Gtk3.CssProvider>();
  readonly #on = new Set<VisualAid>();

  /**
   * Puts the looks in force.
   * @param warn is told what cannot be used, and why; something else is used in its place
   * @throws Error where there is no screen
   */
  constructor(looks: Looks, warn: (text: string) => void) {
    const screen = Gdk.Screen.getDefault();
    if (screen === null) throw new Error('theme: no screen');
    this.#screen = screen;
    this.#warn = warn;
    this.#add(this.#sheet(join(themesFolder, 'base.css')), 0);
    if (!this.#use(looks.theme) && looks.theme !== fallback) this.#use(fallback);
    if (looks.contrast === 'high') this.turn('high-contrast', 'on');
    if (looks.textSize === 'larger') this.turn('larger-text', 'on');
  }

  isOn(help: VisualAid): boolean {
    return this.#on.has(help);
  }

  turn(help: VisualAid, wanted: 'on' | 'off'): void {
    const sheet = this.#visualAids.get(help) ?? this.#sheet(join(themesFolder, `${help}.css`));
    if (sheet === undefined) return;
    this.#visualAids.set(help, sheet);
    if (wanted === 'on' && !this.#on.has(help)) {
      this.#add(sheet, 2);
      this.#on.add(help);
    } else if (wanted === 'off' && this.#on.delete(help)) {
      Gtk.StyleContext.removeProviderForScreen(this.#screen, sheet);
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
    if (existsSync(join(folder, 'icons', 'index.theme'))) useIcons(folder);
    return true;
  }

  #sheet(file: string): Gtk3.CssProvider | undefined {
    return this.#parsed(file, (css) => css.loadFromPath(file));
  }

  /** A sheet that GTK does not understand is left out as a whole: half a sheet may hide what matters. */
  #parsed(what: string, load: (css: Gtk3.CssProvider) => void): Gtk3.CssProvider | undefined {
    const css = new Gtk.CssProvider();
    try {
      load(css);
      return css;
    } catch (error) {
      this.#warn(`theme: ${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  #add(css: Gtk3.CssProvider | undefined, above: number): void {
    if (css === undefined) return;
    const priority = Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION + above;
    Gtk.StyleContext.addProviderForScreen(this.#screen, css, priority);
  }
}

/** Rules for the pictures that a theme has beside its sheet. */
function pictureRules(folder: string): string {
  const picture = (name: string): string | undefined => {
    const file = ['png', 'jpg', 'svg'].map((kind) => join(folder, `${name}.${kind}`)).find((one) => existsSync(one));
    // Blanks and quotes in a path come out encoded.
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

/** A theme's folder `icons` is an icon theme of its own, over the one of the system. */
function useIcons(folder: string): void {
  Gtk.IconTheme.getDefault().prependSearchPath(folder);
  const settings = Gtk.Settings.getDefault();
  if (settings !== null) settings.gtkIconThemeName = 'icons';
}
