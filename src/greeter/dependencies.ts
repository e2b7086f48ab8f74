import type { ChildProcess } from 'node:child_process';
import type { LoginDependencies } from '../login/login.js';
import type { ServerMonitor } from '../login/server-monitor.js';
import type { OptionKind, View } from '../protocol/greeter-messages.js';
import type { DesktopPick, RemoteCommand, SessionGivens } from '../session/remote-command.js';
import type { ClientControlsDependencies } from './client/client-controls.js';
import type { GuestAccount } from './guest-account.js';
import type { ConnectionWindowDependencies } from './processes/connection-window-process.js';

/** What settings and network make of this client; made again when they change. */
export interface GreeterDependencies extends ClientControlsDependencies {
  readonly monitor: ServerMonitor;
  readonly login: LoginDependencies;
  /** What is started on the server, by what the user picked. */
  readonly command: (pick: DesktopPick, given: SessionGivens) => RemoteCommand;
  readonly client: View['client'];
  /** This client has an address of the network's. */
  readonly hasNetwork: boolean;
  readonly greeting: string | undefined;
  /** Some settings cannot be used, and the administrator should know. */
  readonly hasSettingsProblems: boolean;
  /** What the administrator has chosen for everybody. */
  readonly forced: readonly OptionKind[];
  /** This client's own account, where there is one. */
  readonly guest: GuestAccount | undefined;
  /** strftime format of the clock, where not the language's. */
  readonly clock: string | undefined;
}

/** What stays the same for as long as the greeter runs. */
export interface GreeterBase {
  /** Starts a process of the greeter. */
  readonly startGreeter: () => ChildProcess;
  readonly connectionWindow: ConnectionWindowDependencies;
  /** Calls back when the X server has ended; what it returns stops that. */
  readonly watchDisplay: (ended: () => void) => () => void;
  /** A program of this process that was replaced since it was started. Undefined where nobody would start us again. */
  readonly replacedProgram: (() => string | undefined) | undefined;
  /** ms since somebody used keyboard or mouse; undefined where the display does not tell. */
  readonly idleMs: () => Promise<number | undefined>;
  /** What the greeter before this one left to tell. */
  readonly pendingNotice: string | undefined;
  /** The tools by what settings and network are now: the same object where nothing has changed. Never throws. */
  readonly renewed: (before: GreeterDependencies) => GreeterDependencies;
  /** Calls back when the network of this client has changed, until the returned function is called. */
  readonly watchNetwork: (changed: () => void) => () => void;
}
