import type { ServerChoice } from '../../protocol/greeter-messages.js';
import type { ServerInfo } from '../../protocol/info-service.js';
import type { ServerStatus } from '../../servers/server-status.js';
import type { DesktopPick } from '../../session/remote-command.js';
import { type ServerAddress, serverKey } from '../../shared/server-address.js';
import { countMissing, type SessionOptions, sessionOptionsFrom } from './session-options.js';

/** What each server told last of its sessions and languages. A new round of asking makes nothing forgotten. */
export class AdvertisedSessions {
  private readonly told = new Map<string, ServerInfo>();

  learn(statuses: readonly ServerStatus[]): void {
    for (const { server, info } of statuses) if (info !== null) this.told.set(serverKey(server), info);
  }

  /** What can be had on the server that was chosen; in automatic mode on any that a login may go to. */
  offers(choice: ServerChoice, statuses: readonly ServerStatus[]): SessionOptions {
    const isMeant = ({ server, state }: ServerStatus): boolean =>
      choice.mode === 'server' ? server.name === choice.name : state !== 'down' && state !== 'draining';
    return sessionOptionsFrom(statuses.filter(isMeant).flatMap(({ server }) => this.told.get(serverKey(server)) ?? []));
  }

  /** How much of what was picked a server lacks; nothing where it has told nothing. */
  lack(pick: DesktopPick, server: ServerAddress): number {
    const info = this.told.get(serverKey(server));
    return info === undefined ? 0 : countMissing(pick, info);
  }
}
