import type { LoginDependencies } from '../login/login.js';
import type { ServerMonitor } from '../login/server-monitor.js';
import type { OptionKind, View } from '../protocol/greeter-messages.js';
import type { DesktopPick, RemoteCommand, SessionGivens } from '../session/remote-command.js';
import type { ClientControlsDependencies } from './client/client-controls.js';
import type { ClientHealth } from './client/client-health.js';
import type { GuestAccount } from './guest-account.js';
import type { ConnectionWindowDependencies } from './processes/connection-window-process.js';
import type { WindowsChild } from './processes/windows-child.js';

/** What depends on the settings and the network of this client. Made again when they change. */
export interface GreeterDependencies extends ClientControlsDependencies {
  readonly monitor: ServerMonitor;
  readonly login: LoginDependencies;
  /** The command that starts the picked desktop on the server. */
  readonly command: (pick: DesktopPick, given: SessionGivens) => RemoteCommand;
  readonly client: View['client'];
  readonly health: ClientHealth;
  readonly greeting: string | undefined;
  /** Some settings cannot be used; the login screen says so. */
  readonly hasSettingsProblems: boolean;
  /** What the administrator has chosen for everybody. */
  readonly forced: readonly OptionKind[];
  /** This client's own account, where there is one. */
  readonly guest: GuestAccount | undefined;
  /** strftime format of the clock; undefined for the format of the language. */
  readonly clock: string | undefined;
}

/** What stays the same for as long as the greeter runs. */
export interface GreeterBase {
  /** Starts a process of the greeter. */
  readonly startGreeter: () => WindowsChild;
  readonly connectionWindow: ConnectionWindowDependencies;
  /** Calls back when the X server has ended; the returned function stops that. */
  readonly watchDisplay: (ended: () => void) => () => void;
  /** Lets the screen go dark while nobody uses it, and calls back when it does; the returned function stops that. */
  readonly restScreen: (changed: (screen: 'dark' | 'light') => void) => () => void;
  /** A program of this process that was replaced since its start. Undefined where nothing would start us again. */
  readonly replacedProgram: (() => string | undefined) | undefined;
  /** ms since somebody used keyboard or mouse; undefined where the display does not tell. */
  readonly idleMs: () => Promise<number | undefined>;
  /** A message that the previous greeter left. */
  readonly pendingNotice: string | undefined;
  /** The dependencies by the current settings and network; the same object where nothing has changed. Never throws. */
  readonly renewed: (before: GreeterDependencies) => GreeterDependencies;
  /** Calls back when this client's network has changed, until the returned function is called. */
  readonly watchNetwork: (changed: () => void) => () => void;
}
