import { hostname } from 'node:os';
import {
  type DesktopPick,
  desktopCommand,
  type RemoteCommand,
  type SessionGivens,
} from '../../session/remote-command.js';
import { sessionEnvironment } from '../../session/session-environment.js';
import type { Settings } from '../../settings/settings.js';

/** The command of the desktop, from the user's choice and the settings. */
export function desktopBy(settings: Settings): (pick: DesktopPick, given: SessionGivens) => RemoteCommand {
  return (pick, given) => {
    const ofClient = sessionEnvironment(settings, given.clientAddress);
    const environment = { ...given.devices, ...ofClient, ...given.environment };
    return desktopCommand(pick, settings, hostname(), { ...given, environment });
  };
}
