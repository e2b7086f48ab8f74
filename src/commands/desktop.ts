import { hostname } from 'node:os';
import { type DesktopPick, desktopCommand, type RemoteCommand, type SessionGivens } from '../session/remote-command.js';
import { sessionEnvironment } from '../session/session-environment.js';
import { ownAddress } from '../settings/own-address.js';
import type { Settings } from '../settings/settings.js';

/** The desktop of a session from this client, by what the user picks and the administrator says. */
export function desktopBy(settings: Settings): (pick: DesktopPick, given: SessionGivens) => RemoteCommand {
  const ofClient = sessionEnvironment(settings, ownAddress());
  return (pick, { environment, x11Cookie }) =>
    desktopCommand(pick, settings, hostname(), { environment: { ...ofClient, ...environment }, x11Cookie });
}
