import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { AssistiveTools } from '../greeter/client/assistive-tools.js';
import { clientHealth } from '../greeter/client/client-health.js';
import { Keyboard, keyboardDependencies, keyboardWishes } from '../greeter/client/keyboard.js';
import { watchNetwork } from '../greeter/client/network-watch.js';
import type { GreeterDependencies } from '../greeter/dependencies.js';
import { Greeter } from '../greeter/greeter.js';
import { guestAccount } from '../greeter/guest-account.js';
import { pendingNoticeFile } from '../greeter/pending-notice.js';
import type { WindowsChild } from '../greeter/processes/windows-child.js';
import { ownPrograms, replacedProgram } from '../greeter/renewal.js';
import { seatNotice } from '../greeter/seat-notice.js';
import { displayGoneText, lostText } from '../login/sentences.js';
import type { Silence } from '../protocol/connection-messages.js';
import { watchDesktop } from '../session/x11/desktop-watch.js';
import type { readDisplay } from '../session/x11/display.js';
import { watchDisplay } from '../session/x11/display-watch.js';
import { forwardX11, type X11Forwarding } from '../session/x11/forwarding.js';
import { keyboardGroup } from '../session/x11/keyboard.js';
import { restScreen } from '../session/x11/screen-rest.js';
import { userIdleMs } from '../session/x11/user-idle.js';
import { ownAddress } from '../settings/own-address.js';
import type { Settings } from '../settings/settings.js';
import { errorMessage } from '../shared/errors.js';
import { t } from '../shared/i18n.js';
import type { Log } from '../shared/log/log.js';
import { cleanText } from '../shared/plain-text.js';
import { runAdminProgram } from './common/admin-program.js';
import { type Context, contextOf, loginDependencies, stateDirOf } from './common/context.js';
import { desktopBy } from './common/desktop.js';
import { CommandError, exitCode } from './common/exit-codes.js';
import { endInOrderOnError } from './common/last-resort.js';
import { needsRepair } from './common/settings-problems.js';

export interface GraphicalLoginOptions {
  readonly settings: Settings;
  /** Reads the settings as they are now; the same object where nothing has changed. */
  readonly readAgain: () => Settings;
  readonly display: Awaited<ReturnType<typeof readDisplay>>;
  /** Starts a process of the greeter. The first may have been started already. */
  readonly startGreeter: () => WindowsChild;
  readonly startConnectionWindow: (silence: Silence) => ChildProcess;
}

/** The tools of the greeter, and what they were made by. */
interface RenewableDependencies extends GreeterDependencies {
  readonly context: Context;
}

/**
 * The greeter on the display, then the session. In a file of its own, which is loaded while the greeter starts.
 * @returns the exit code
 * @throws {CommandError}
 */
export async function logInGraphically(options: GraphicalLoginOptions): Promise<number> {
  const { settings, display, startGreeter } = options;
  const context = contextOf(settings);
  const { log } = context;
  const aids = new AssistiveTools(
    { 'screen-reader': settings.screenReader, 'on-screen-keyboard': settings.onScreenKeyboard },
    log,
  );
  let dependencies = dependenciesOf(context, aids, display);
  // The next X server of a seat may have another number.
  const { DISPLAY: displayName = '', LDM_SEAT_NAME: seatName } = process.env;
  const seat = seatName ?? displayName;
  const pendingNotice = pendingNoticeFile(stateDirOf(settings), seat, log);
  const notice = seatNotice(process.env);
  const left = pendingNotice.take();
  // Of an X server that has ended, the seat and the ldm of that turn tell the same.
  const isToldTwice = left !== undefined && notice?.startsWith(left) === true;
  const notices = [notice, isToldTwice ? undefined : left].filter((text) => text !== undefined);
  const greeter = new Greeter(dependencies, {
    startGreeter,
    connectionWindow: { start: options.startConnectionWindow, giveUpAfterMs: settings.sessionTimeoutMs, log },
    watchDisplay: (ended) => watchDisplay(display.display, display.cookie, ended),
    restScreen: (changed) => restScreen({ ...display, minutes: settings.screenOff, log }, changed),
    replacedProgram: seatName === undefined ? undefined : replacedProgram(ownPrograms()),
    idleMs: () => userIdleMs(display.display, display.cookie),
    pendingNotice: notices.length > 0 ? notices.join('\n') : undefined,
    watchNetwork: (changed) => watchNetwork(changed, log),
    renewed() {
      dependencies = renewed(dependencies, options.readAgain, (next) => dependenciesOf(next, aids, display));
      return dependencies;
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => greeter.stop());
  const lastResort = endInOrderOnError(log, () => {
    pendingNotice.leave(t('An internal error ended the session. Please log in again, and tell your administrator.'));
    greeter.stop();
  });

  const result = await greeter.run();
  lastResort.check();
  switch (result.kind) {
    case 'session-ended': {
      if (result.display === 'gone') {
        pendingNotice.leave(displayGoneText());
        return exitCode.done;
      }
      if (result.early !== undefined && result.end.kind !== 'lost') pendingNotice.leave(result.early);
      // What the user did, they know.
      if (result.end.kind !== 'lost' || result.end.cause === 'given-up') return exitCode.done;
      const text = lostText(result.server, result.end);
      pendingNotice.leave(`${text} ${t('Please log in again.')}`);
      throw new CommandError(exitCode.connectionLost, text);
    }
    case 'no-greeter':
      throw new CommandError(exitCode.internal, `the greeter cannot be kept running: ${result.why}`);
    case 'no-display':
      throw new CommandError(
        exitCode.internal,
        `the display ${process.env.DISPLAY} cannot be opened: check that X is running there and that XAUTHORITY is correct`,
      );
    case 'renewed':
      return exitCode.done;
    case 'stopped':
      return exitCode.cancelled;
  }
}

/** Everything that settings, address and host name decide. */
function dependenciesOf(
  context: Context,
  aids: AssistiveTools,
  display: GraphicalLoginOptions['display'],
): RenewableDependencies {
  const { settings, log } = context;
  return {
    ...context,
    context,
    aids,
    login: loginDependencies(context, () => forwardDesktop(display, log)),
    command: desktopBy(settings),
    client: { name: hostname(), address: ownAddress() },
    health: clientHealth(),
    guest: guestAccount(settings, hostname()),
    hasSettingsProblems: needsRepair(context.problems),
    greeting: settings.greeting && cleanText(settings.greeting),
    forced: [
      ...(settings.forceSession === undefined ? [] : (['session'] as const)),
      ...(settings.forceLanguage === undefined ? [] : (['language'] as const)),
    ],
    keyboard: new Keyboard(
      keyboardWishes(settings),
      keyboardDependencies(keyboardGroup(display.display, display.cookie), log),
    ),
    menu: settings.menu.map(({ label, command }) => ({ label, run: () => runAdminProgram(command) })),
    clock: settings.clockFormat,
    power: settings.allowPower
      ? {
          restart: () => runAdminProgram(settings.restartCommand),
          'shut-down': () => runAdminProgram(settings.shutDownCommand),
        }
      : undefined,
  };
}

/** The tools as they are to be now: the servers and what is known of them stay while the settings do. */
function renewed(
  before: RenewableDependencies,
  readAgain: () => Settings,
  make: (context: Context) => RenewableDependencies,
): RenewableDependencies {
  try {
    const settings = readAgain();
    if (settings !== before.context.settings) return make(contextOf(settings));
    const { client, health } = before;
    const now = { client: { name: hostname(), address: ownAddress() }, health: clientHealth() };
    return isDeepStrictEqual(now, { client, health }) ? before : { ...make(before.context), keyboard: before.keyboard };
  } catch (error) {
    before.log.error('settings-reload-failed', { problem: errorMessage(error) });
    return before;
  }
}

/** X11 forwarding of a session, which tells when the desktop is on the screen. */
function forwardDesktop(display: GraphicalLoginOptions['display'], log: Log): X11Forwarding {
  const forwarding = forwardX11({ ...display, log });
  const { owns, firstClient } = forwarding;
  const watch = watchDesktop({ ...display, owns, firstClient, log });
  const close = (): void => {
    watch.stop();
    forwarding.close();
  };
  return { ...forwarding, desktopShown: watch.shown, close };
}
