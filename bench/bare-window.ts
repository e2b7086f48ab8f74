/** bench/window.c in Node, with node-gtk as the greeter has it, and nothing else of ldm: the floor for a login screen. */
import { Gdk, Gtk, runLoop } from '../src/ui/toolkit/gi.js';

const [, , layout = '', ...sheets] = process.argv;

function start(): void {
  const screen = Gdk.Screen.getDefault();
  if (screen === null) throw new Error('no screen');
  sheets.forEach((file, at) => {
    const sheet = new Gtk.CssProvider();
    sheet.loadFromPath(file);
    Gtk.StyleContext.addProviderForScreen(screen, sheet, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION + at);
  });
  const window = Gtk.Builder.newFromFile(layout).getObject('window') as InstanceType<typeof Gtk.Window>;
  const area = Gdk.Display.getDefault()?.getMonitor(0)?.getGeometry();
  if (!area) throw new Error('no monitor');
  window.getStyleContext().addClass('large');
  window.move(area.x, area.y);
  window.setDefaultSize(area.width, area.height);
  window.resize(area.width, area.height);
  window.show();
}

Gtk.init([]);
runLoop(start);
