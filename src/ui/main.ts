/**
 * The greeter's process, which only shows windows. `ldm` forks it and tells it what to show; it tells `ldm` what the user
 * did (../protocol/greeter-messages.ts). It ends on request, on SIGTERM, and when `ldm` is gone.
 */
import { parseLooks, type ToGreeter, type View } from '../protocol/greeter-messages.js';
import { DetailsDialog } from './dialogs/details-dialog.js';
import { OptionDialog } from './dialogs/option-dialog.js';
import { PowerDialog } from './dialogs/power-dialog.js';
import { ServerDialog } from './dialogs/server-dialog.js';
import {
  breakDown,
  endWith,
  hasChannel,
  onMessage,
  receiveDisplay,
  receiveLooks,
  send,
  sendAnswer,
} from './toolkit/channel.js';
import { Gtk, runLoop } from './toolkit/gi.js';
import { guard, onFatal } from './toolkit/guard.js';
import { fitToDensity } from './toolkit/hidpi.js';
import { isRightToLeft } from './toolkit/i18n.js';
import { BackgroundWindows } from './toolkit/monitors.js';
import { keepFromManagers, onMonitorChange, setLargerText } from './toolkit/screen.js';
import { Theme } from './toolkit/theme.js';
import { takeNextInput } from './toolkit/waking.js';
import { LoginWindow } from './window/login-window.js';
import { preloadLoginWindow } from './window/preload.js';

function start(theme: Theme): void {
  if (isRightToLeft()) Gtk.Widget.setDefaultDirection(Gtk.TextDirection.RTL);
  fitToDensity(process.env);
  theme.apply();
  if (theme.isOn('larger-text')) setLargerText('on');
  const backgrounds = new BackgroundWindows();
  // Dialogs are built when they first open, so that the first window appears sooner.
  let servers: Extract<ToGreeter, { type: 'servers' }> | undefined;
  let serverDialog: ServerDialog | undefined;
  let optionDialog: OptionDialog | undefined;
  let powerDialog: PowerDialog | undefined;
  let detailsDialog: DetailsDialog | undefined;
  let view: View | undefined;
  let isHidden = false;

  const login = new LoginWindow((aid) => theme.isOn(aid), {
    shown: () => {
      send({ type: 'ready' });
      backgrounds.place();
    },
    visualAid: (aid, wanted) => {
      theme.turn(aid, wanted);
      if (aid === 'larger-text') setLargerText(wanted);
      place();
    },
    aid: (aid, wanted) => send({ type: 'aid', aid, wanted }),
    answer: ({ question, text }) => sendAnswer(question, text),
    cancel: () => send({ type: 'cancel' }),
    confirmFailover: (question) => send({ type: 'confirm-failover', question }),
    guest: () => send({ type: 'guest-login' }),
    userActive: () => send({ type: 'user-active' }),
    selectServer: () => {
      if (serverDialog === undefined) {
        serverDialog = new ServerDialog(login.window, {
          refresh: () => send({ type: 'refresh' }),
          choose: (choice) => send({ type: 'choose-server', choice }),
          wake: (name) => send({ type: 'wake-server', name }),
          closed: () => login.takeFocus(),
        });
        if (servers !== undefined) serverDialog.update(servers);
      }
      login.stepBack();
      serverDialog.open();
    },
    details: () => {
      if (view === undefined) return;
      detailsDialog ??= new DetailsDialog(login.window, () => login.takeFocus());
      login.stepBack();
      detailsDialog.open(view);
    },
    keyboard: (layout) => send({ type: 'choose-keyboard', layout }),
    selectOption: (kind) => {
      if (optionDialog === undefined) {
        optionDialog = new OptionDialog(login.window, {
          opened: (opened) => send({ type: 'request-options', kind: opened }),
          choose: (chosen, key) => send({ type: chosen === 'session' ? 'choose-session' : 'choose-language', key }),
          closed: () => login.takeFocus(),
        });
      }
      login.stepBack();
      optionDialog.open(kind);
    },
    menu: (entry) => send({ type: 'menu', entry }),
    power: (action) => {
      powerDialog ??= new PowerDialog(login.window, {
        confirmed: (confirmed) => send({ type: 'power', action: confirmed }),
        closed: () => login.takeFocus(),
      });
      login.stepBack();
      powerDialog.open(action);
    },
  });

  onMessage((message) => {
    if (isHidden && message.type !== 'quit') return;
    switch (message.type) {
      case 'view':
        view = message.view;
        login.show(view);
        for (const one of [login.window, ...backgrounds.windows]) keepFromManagers(one, view.isDesktopStarting);
        break;
      case 'servers':
        servers = message;
        serverDialog?.update(message);
        break;
      case 'keyboard':
        login.showKeyboard(message.layouts, message.current);
        break;
      case 'aids':
        login.showAids(message.aids);
        break;
      case 'options':
        optionDialog?.update(message);
        break;
      case 'screen':
        takeNextInput(message.state === 'dark');
        break;
      case 'hide':
        isHidden = true;
        for (const one of Gtk.Window.listToplevels()) one.hide();
        break;
      case 'quit':
        process.exit(0);
    }
  });
  onMonitorChange(() => {
    if (isHidden) return;
    fitToDensity(process.env);
    place();
    backgrounds.place();
  });
  function place(): void {
    login.place();
    serverDialog?.place();
    optionDialog?.place();
    powerDialog?.place();
    detailsDialog?.place();
  }
  login.open();
}

if (!hasChannel()) {
  console.error('The greeter is started by ldm.');
  process.exit(64);
}
// Before there are handlers of signals, which would have to wait for it.
preloadLoginWindow();
const [, , argument] = process.argv;
const theme = new Theme(parseLooks(receiveLooks(argument)), (text) => send({ type: 'warning', text }));
receiveDisplay(argument, process.env);
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('unhandledRejection', breakDown);
onFatal(breakDown);
// Gtk.init would end the process without a message to ldm.
if (Gtk.initCheck([])[0]) runLoop(guard(() => start(theme)));
else endWith({ type: 'no-display' });
