/**
 * The process of the Connection window. `ldm` forks it when the server of a session does not answer, and ends it when the
 * server answers again. It ends by itself when `ldm` is gone.
 */
import { endSession, parseSilence } from '../protocol/connection-messages.js';
import { parseLooks } from '../protocol/greeter-messages.js';
import { ConnectionWindow } from './connection-window.js';
import { hasChannel } from './toolkit/channel.js';
import { Gtk, runLoop } from './toolkit/gi.js';
import { guard } from './toolkit/guard.js';
import { fitToDensity } from './toolkit/hidpi.js';
import { isRightToLeft } from './toolkit/i18n.js';
import { setLargerText } from './toolkit/screen.js';
import { Theme } from './toolkit/theme.js';

function start(): void {
  if (isRightToLeft()) Gtk.Widget.setDefaultDirection(Gtk.TextDirection.RTL);
  fitToDensity(process.env);
  // The greeter has already logged problems of the theme.
  const theme = new Theme(parseLooks(process.argv[2]), () => {});
  theme.apply();
  if (theme.isOn('larger-text')) setLargerText('on');
  const window = new ConnectionWindow(parseSilence(process.argv[3]), () => {
    process.send?.(endSession, undefined, undefined, () => {});
  });
  window.show();
}

if (!hasChannel()) {
  console.error('The Connection window is started by ldm.');
  process.exit(64);
}
process.on('disconnect', () => process.exit(0));
// Without a display the session goes on without the window.
if (Gtk.initCheck([])[0]) runLoop(guard(start));
else process.exit(70);
